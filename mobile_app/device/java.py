"""What the Android adapters share: Java classes, the activity, its services, and permissions."""

from __future__ import annotations

import sys
from typing import Any, TypeAlias

PERMISSION_GRANTED = 0
Java: TypeAlias = Any
"""An object or class of Java: nothing is known of it here."""


def is_android() -> bool:
    """Whether this Python was built for Android."""
    return hasattr(sys, "getandroidapilevel")


def of(name: str) -> Any:
    """Return a Java class."""
    from jnius import autoclass  # noqa: PLC0415 - Android alone has it

    return autoclass(name)


def activity() -> Any:
    """Return the activity that shows the app."""
    return of("org.kivy.android.PythonActivity").mActivity


def service(name: str) -> Any:
    """Return a system service, such as `connectivity`; in the service's process, its own."""
    here = activity() or of("org.kivy.android.PythonService").mService
    return here.getSystemService(name)


def fault() -> type[Exception]:
    """Return what is raised here when Java throws."""
    from jnius import JavaException  # noqa: PLC0415 - Android alone has it

    thrown: type[Exception] = JavaException
    return thrown


def has_permission(permission: str) -> bool:
    """Whether the person allowed `CAMERA`, `RECORD_AUDIO`, …; asks nobody."""
    whole = f"android.permission.{permission}"
    is_granted: bool = activity().checkSelfPermission(whole) == PERMISSION_GRANTED
    return is_granted


def is_permitted(permission: str) -> bool:
    """Whether the person allowed it; asks once if not."""
    if has_permission(permission):
        return True
    from android.permissions import request_permissions  # noqa: PLC0415 - Android alone has it

    request_permissions([f"android.permission.{permission}"])
    return False
