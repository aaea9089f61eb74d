"""Put a newer version of this app onto the tablet: a port, Android's installer, none, a fake.

Android installs over an app only what bears the same signature and a higher version, and asks the
person, unless this app is the device's owner. What it would refuse is refused here before, in
words. The app ends while it is replaced; nothing in its folder is touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device import java
from sync.errors import Refusal
from sync.updates import ABIS


class UpdateDamaged(Refusal):
    """The file is cut, or no app, or another version than was said."""

    code = "update_damaged"


class UpdateForeign(Refusal):
    """The file is another app, or others have signed it than who signed this one."""

    code = "update_foreign"


class UpdateOlder(Refusal):
    """The file is no newer than what runs here."""

    code = "update_older"


class InstallStopped(Refusal):
    """The person turned back."""

    code = "install_stopped"


class InstallBlocked(Refusal):
    """The tablet's settings, or who manages it, let this app install nothing."""

    code = "install_blocked"


class InstallFull(Refusal):
    """There is no room to install."""

    code = "install_full"


class InstallFailed(Refusal):
    """Android refused for another reason."""

    code = "install_failed"


@dataclass(frozen=True, slots=True)
class Installed:
    """What runs here: Android's versionCode, and the kind of processor it is built for."""

    version: int
    abi: str


Done = Callable[[Refusal | None], None]
"""Called once, from any thread; None: it is installed. Mostly the app has ended by then."""


class Installer(Protocol):
    """What a screen asks of the system's installer."""

    def installed(self) -> Installed | None:
        """Return what runs here; None where this app does not install itself."""

    def check(self, path: Path, version: int) -> None:
        """Refuse what is not this app of that version, newer, and signed by the same.

        Raises UpdateDamaged, UpdateForeign, UpdateOlder.
        """

    def prepare(self) -> None:
        """Be ready for the system's answers; to be called on the window's thread."""

    def install(self, path: Path, done: Done) -> None:
        """Hand a checked file to the system, which asks the person. Raises InstallFailed."""


class NoInstaller:
    """A machine where the app comes by other ways."""

    def installed(self) -> None:
        """Return None."""

    def check(self, path: Path, version: int) -> None:
        """Refuse."""
        raise UpdateForeign(f"installer: none here for {path.name}")

    def prepare(self) -> None:
        """Do nothing."""

    def install(self, path: Path, done: Done) -> None:
        """Refuse."""
        raise InstallFailed(f"installer: none here for {path.name}")


@dataclass(slots=True)
class FakeInstaller:
    """An installer that refuses as it is told, and notes what it was handed."""

    now: Installed = Installed(1, ABIS[0])
    wrong: Refusal | None = None
    ends: Refusal | None = None
    handed: list[Path] = field(default_factory=list)

    def installed(self) -> Installed:
        """Return what is said to run here."""
        return self.now

    def check(self, path: Path, version: int) -> None:
        """Refuse as told."""
        if self.wrong is not None:
            raise self.wrong

    def prepare(self) -> None:
        """Do nothing."""

    def install(self, path: Path, done: Done) -> None:
        """Note it, and end as told."""
        self.handed.append(path)
        done(self.ends)


_waiting: dict[int, Done] = {}
"""By the number of a session: who is told how it ends."""
_listening: list[Any] = []
"""The module whose listener we are, which stays: see `java.ask`."""


class AndroidInstaller:
    """Android's package manager and its installer of sessions."""

    _PIECE_BYTES = 64 * 1024
    _MUTABLE_FROM = 31

    def installed(self) -> Installed:
        """Return what runs here."""
        # Whoever has the 32-bit app keeps it, also on a processor of 64: versions of the two
        # are not to be compared.
        return Installed(int(self._own().versionCode), ABIS[sys.maxsize > 2**32])

    def check(self, path: Path, version: int) -> None:
        """Compare the file with what runs here."""
        with java.thrown_as(UpdateDamaged, "update"):
            found = self._manager().getPackageArchiveInfo(str(path), self._flags())
        if found is None:
            raise UpdateDamaged("update: no app")
        own = self._own()
        if found.packageName != own.packageName or _signers(found) != _signers(own):
            raise UpdateForeign(f"update: {found.packageName}, or another signature")
        if found.versionCode <= own.versionCode:
            raise UpdateOlder(f"update: {found.versionCode} over {own.versionCode}")
        if found.versionCode != version:
            raise UpdateDamaged(f"update: {found.versionCode}, said to be {version}")

    def prepare(self) -> None:
        """Listen to what the installer says; other threads do not find the app's own classes."""
        from android import activity as results  # noqa: PLC0415 - Android alone has it

        if _listening != [results]:
            results.bind(on_new_intent=_came)
            _listening[:] = [results]

    def install(self, path: Path, done: Done) -> None:
        """Write the file into a session and commit it; the answer comes to the activity."""
        installer = self._manager().getPackageInstaller()
        how = java.of("android.content.pm.PackageInstaller$SessionParams")
        with java.thrown_as(InstallFailed, "install"):
            wanted = how(how.MODE_FULL_INSTALL)
            wanted.setAppPackageName(java.activity().getPackageName())
            number = installer.createSession(wanted)
            _waiting[number] = done
            session = installer.openSession(number)
            try:
                self._write(path, session)
                session.commit(self._answer(number).getIntentSender())
            except BaseException:
                del _waiting[number]
                session.abandon()
                raise
            finally:
                session.close()

    def _write(self, path: Path, session: Any) -> None:
        out = session.openWrite(path.name, 0, path.stat().st_size)
        with path.open("rb") as file:
            while piece := file.read(self._PIECE_BYTES):
                out.write(piece, 0, len(piece))
        session.fsync(out)
        out.close()

    def _answer(self, number: int) -> Any:
        """Return what the installer answers with: our activity, named, to be filled in by it."""
        here, pending = java.activity(), java.of("android.app.PendingIntent")
        intent = java.of("android.content.Intent")(f"{here.getPackageName()}.INSTALLED")
        intent.setComponent(here.getComponentName())
        flags = pending.FLAG_UPDATE_CURRENT
        if java.version() >= self._MUTABLE_FROM:
            flags |= pending.FLAG_MUTABLE
        return pending.getActivity(here, number, intent, flags)

    def _manager(self) -> Any:
        return java.activity().getPackageManager()

    def _flags(self) -> int:
        # Not GET_SIGNING_CERTIFICATES: of a file, Android 9 to 13 read signers for this one alone.
        return int(java.of("android.content.pm.PackageManager").GET_SIGNATURES)

    def _own(self) -> Any:
        return self._manager().getPackageInfo(java.activity().getPackageName(), self._flags())


def _signers(package: Any) -> set[str]:
    return {str(signature.toCharsString()) for signature in package.signatures or ()}


def _came(intent: Any) -> None:
    """Take what the installer says of a session: show its question, or tell how it ended."""
    installer = java.of("android.content.pm.PackageInstaller")
    number = intent.getIntExtra(installer.EXTRA_SESSION_ID, -1)
    if number not in _waiting:
        return
    status = intent.getIntExtra(installer.EXTRA_STATUS, installer.STATUS_FAILURE)
    refusal: Refusal | None = None
    if status == installer.STATUS_PENDING_USER_ACTION:
        asked = intent.getParcelableExtra(java.of("android.content.Intent").EXTRA_INTENT)
        try:
            with java.thrown_as(InstallBlocked, "install"):
                java.activity().startActivity(java.cast("android.content.Intent", asked))
        except InstallBlocked as fault:
            refusal = fault
        else:
            return
    elif status != installer.STATUS_SUCCESS:
        kind: type[Refusal] = {
            installer.STATUS_FAILURE_ABORTED: InstallStopped,
            installer.STATUS_FAILURE_BLOCKED: InstallBlocked,
            installer.STATUS_FAILURE_STORAGE: InstallFull,
            installer.STATUS_FAILURE_CONFLICT: UpdateForeign,
            installer.STATUS_FAILURE_INVALID: UpdateDamaged,
        }.get(status, InstallFailed)
        refusal = kind(f"install: {status}")
    _waiting.pop(number)(refusal)
