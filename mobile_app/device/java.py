"""What the Android adapters share: Java's classes and faults, services, permissions, other apps.

Everything of Java is reached through here, so each rule of pyjnius has one place:

- of the overloads that fit equally well it takes one that nobody promises: what could be taken for
  another type is `cast`, or made a `text`;
- what Java throws becomes a refusal of ours in `thrown_as`, and nowhere else;
- a thread that Python began finds no class of the app's own: `load` finds them as the app starts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from typing import Any, TypeAlias

from sync.errors import Refusal

PERMISSION_GRANTED = 0
_ASKED_TO_NOTIFY_FROM = 33
OK = -1
"""What another app answers when the person went through with it."""
Java: TypeAlias = Any
"""An object or class of Java: nothing is known of it here."""
Answered = Callable[[int, Java], None]
"""Called once, from Android's own thread: with OK or what else came, and the intent or None."""

_OWN = (
    "org.kivy.android.PythonActivity",
    "org.kivy.android.PythonService",
    "androidx.core.content.FileProvider",
)
_numbers = cycle(range(7_400, 8_400))
"""Each request has a number of its own: the answer to one is not taken for another's."""
_waiting: dict[int, Answered] = {}
_listening: list[Any] = []
"""The module whose listener we are."""
_refused_for_ever: set[str] = set()


class PermissionRefused(Refusal):
    """The person refused until Android asks no more: only the system's settings help."""

    code = "permission_refused"


def is_android() -> bool:
    """Whether this Python was built for Android."""
    return hasattr(sys, "getandroidapilevel")


def of(name: str) -> Any:
    """Return a Java class."""
    from jnius import autoclass  # noqa: PLC0415 - Android alone has it

    return autoclass(name)


def cast(name: str, instance: Java) -> Java:
    """Return an object as of a class or interface that it is, for an overload that wants that."""
    from jnius import cast as as_of  # noqa: PLC0415 - Android alone has it

    return as_of(name, instance)


def text(words: str) -> Java:
    """Return Java's own string, for an overload: one of ours passes for an array of letters too."""
    return of("java.lang.String")(words)


def load() -> None:
    """Find the classes of the app itself, in the thread that Android began. Called at the start."""
    for name in _OWN:
        of(name)


def version() -> int:
    """Return Android's version, as its number of the API: 34 for Android 14."""
    number: int = of("android.os.Build$VERSION").SDK_INT
    return number


def activity() -> Any:
    """Return the activity that shows the app."""
    return of("org.kivy.android.PythonActivity").mActivity


def context() -> Any:
    """Return the activity; in the service's process, its service."""
    return activity() or of("org.kivy.android.PythonService").mService


def service(name: str) -> Any:
    """Return a system service, such as `connectivity`; None where the device has none."""
    return context().getSystemService(name)


def fault() -> type[Exception]:
    """Return what is raised here when Java throws."""
    from jnius import JavaException  # noqa: PLC0415 - Android alone has it

    thrown: type[Exception] = JavaException
    return thrown


@contextmanager
def thrown_as(refusal: type[Refusal], what: str) -> Iterator[None]:
    """Let what Java throws within be a refusal; its class is told, its message may be personal."""
    try:
        yield
    except fault() as thrown:
        name = getattr(thrown, "classname", None) or type(thrown).__name__
        raise refusal(f"{what}: {name}") from thrown


def has_permission(permission: str) -> bool:
    """Whether the person allowed `RECORD_AUDIO`, …; asks nobody."""
    is_granted: bool = context().checkSelfPermission(_whole(permission)) == PERMISSION_GRANTED
    return is_granted


def is_permitted(*permissions: str) -> bool:
    """Whether the person allowed the first of them; asks for all in one call if not.

    Raises PermissionRefused: Android would ask no more.
    """
    wanted = permissions[0]
    if has_permission(wanted):
        _refused_for_ever.discard(wanted)
        return True
    if wanted in _refused_for_ever:
        raise PermissionRefused(f"permission: {wanted} is refused for ever")
    from android.permissions import request_permissions  # noqa: PLC0415 - Android alone has it

    def answered(asked: list[str], _granted: list[bool]) -> None:
        # Refused once, Android asks again, and says so; refused for ever it shows nothing. A
        # question that another one cut off comes back with nothing asked.
        asks = activity().shouldShowRequestPermissionRationale(_whole(wanted))
        if asked and not asks and not has_permission(wanted):
            _refused_for_ever.add(wanted)

    request_permissions([_whole(permission) for permission in permissions], answered)
    return False


def ask_for_notifications() -> None:
    """Ask for leave to show the notification of the service, where Android wants that asked for."""
    if version() >= _ASKED_TO_NOTIFY_FROM:
        with suppress(PermissionRefused):
            is_permitted("POST_NOTIFICATIONS")


def _whole(permission: str) -> str:
    return f"android.permission.{permission}"


def ask(intent: Java, answered: Answered, *, missing: type[Refusal]) -> None:
    """Let another app do something and answer. Raises `missing`: there is none that does it.

    One listener for all that is asked, which stays: python-for-android goes through its listeners
    while they are called, and bears none that leaves meanwhile.
    """
    from android import activity as results  # noqa: PLC0415 - Android alone has it

    if _listening != [results]:
        results.bind(on_activity_result=_came)
        _listening[:] = [results]
    number = next(_numbers)
    _waiting[number] = answered
    try:
        with thrown_as(missing, "no other app takes it"):
            activity().startActivityForResult(intent, number)
    except Refusal:
        del _waiting[number]
        raise


def _came(number: int, result: int, intent: Java) -> None:
    answered = _waiting.pop(number, None)
    if answered is not None:
        answered(result, intent)
