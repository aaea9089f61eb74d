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

    def install(self, path: Path, done: Done) -> None:
        """Hand a checked file to the system, which asks the person. Raises InstallFailed."""


class NoInstaller:
    """A machine where the app comes by other ways."""

    def installed(self) -> None:
        """Return None."""

    def check(self, path: Path, version: int) -> None:
        """Refuse."""
        raise UpdateForeign(f"installer: none here for {path.name}")

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

    def install(self, path: Path, done: Done) -> None:
        """Note it, and end as told."""
        self.handed.append(path)
        done(self.ends)


class AndroidInstaller:
    """Android's package manager and its installer of sessions."""

    _PIECE_BYTES = 64 * 1024
    _MUTABLE_API = 31

    def installed(self) -> Installed:
        """Return what runs here."""
        # Whoever has the 32-bit app keeps it, also on a processor of 64: versions of the two
        # are not to be compared.
        return Installed(self._own().versionCode, ABIS[sys.maxsize > 2**32])

    def check(self, path: Path, version: int) -> None:
        """Compare the file with what runs here."""
        try:
            found = self._manager().getPackageArchiveInfo(str(path), self._flags())
        except java.fault() as fault:
            raise UpdateDamaged(f"update: {fault}") from fault
        if found is None:
            raise UpdateDamaged("update: no app")
        own = self._own()
        if found.packageName != own.packageName or _signers(found) != _signers(own):
            raise UpdateForeign(f"update: {found.packageName}, or another signature")
        if found.versionCode <= own.versionCode:
            raise UpdateOlder(f"update: {found.versionCode} over {own.versionCode}")
        if found.versionCode != version:
            raise UpdateDamaged(f"update: {found.versionCode}, said to be {version}")

    def install(self, path: Path, done: Done) -> None:
        """Write the file into a session and commit it; the answer comes to the activity."""
        from android import activity as results  # noqa: PLC0415 - Android alone has it

        action = f"{self._own().packageName}.INSTALLED"

        def came(intent: Any) -> None:
            if intent.getAction() == action:
                ended, refusal = self._read(intent)
                if ended:
                    results.unbind(on_new_intent=came)
                    done(refusal)

        results.bind(on_new_intent=came)
        try:
            self._commit(path, action)
        except java.fault() as fault:
            results.unbind(on_new_intent=came)
            raise InstallFailed(f"install: {fault}") from fault

    def _commit(self, path: Path, action: str) -> None:
        installer, size = self._manager().getPackageInstaller(), path.stat().st_size
        how = java.of("android.content.pm.PackageInstaller$SessionParams")
        wanted = how(how.MODE_FULL_INSTALL)
        wanted.setAppPackageName(self._own().packageName)
        number = installer.createSession(wanted)
        session = installer.openSession(number)
        try:
            out = session.openWrite(path.name, 0, size)
            with path.open("rb") as file:
                while piece := file.read(self._PIECE_BYTES):
                    out.write(piece, 0, len(piece))
            session.fsync(out)
            out.close()
            session.commit(self._answer(action, number).getIntentSender())
        except java.fault():
            session.abandon()
            raise
        finally:
            session.close()

    def _answer(self, action: str, number: int) -> Any:
        """Return what the installer answers with: our activity, named, and filled in by it."""
        here = java.activity()
        intent = java.of("android.content.Intent")(action)
        intent.setClassName(here.getPackageName(), here.getClass().getName())
        pending = java.of("android.app.PendingIntent")
        flags = pending.FLAG_UPDATE_CURRENT
        if java.of("android.os.Build$VERSION").SDK_INT >= self._MUTABLE_API:
            flags |= pending.FLAG_MUTABLE
        return pending.getActivity(here, number, intent, flags)

    def _read(self, intent: Any) -> tuple[bool, Refusal | None]:
        """Return whether it has ended, and why if badly; show the system's question if it asks."""
        says = java.of("android.content.pm.PackageInstaller")
        status = intent.getIntExtra(says.EXTRA_STATUS, says.STATUS_FAILURE)
        words = f"install: {status} {intent.getStringExtra(says.EXTRA_STATUS_MESSAGE)}"
        if status == says.STATUS_SUCCESS:
            return True, None
        if status == says.STATUS_PENDING_USER_ACTION:
            from jnius import cast  # noqa: PLC0415 - Android alone has it

            asked = intent.getParcelableExtra(java.of("android.content.Intent").EXTRA_INTENT)
            try:
                java.activity().startActivity(cast("android.content.Intent", asked))
            except java.fault() as fault:
                return True, InstallBlocked(f"install: {fault}")
            return False, None
        kind = {
            says.STATUS_FAILURE_ABORTED: InstallStopped,
            says.STATUS_FAILURE_BLOCKED: InstallBlocked,
            says.STATUS_FAILURE_STORAGE: InstallFull,
            says.STATUS_FAILURE_CONFLICT: UpdateForeign,
            says.STATUS_FAILURE_INVALID: UpdateDamaged,
        }.get(status, InstallFailed)
        return True, kind(words)

    def _manager(self) -> Any:
        return java.activity().getPackageManager()

    def _flags(self) -> int:
        # Not GET_SIGNING_CERTIFICATES: of a file, Android 9 and 10 read them for the older alone.
        return int(java.of("android.content.pm.PackageManager").GET_SIGNATURES)

    def _own(self) -> Any:
        return self._manager().getPackageInfo(java.activity().getPackageName(), self._flags())


def _signers(package: Any) -> set[str]:
    return {one.toCharsString() for one in package.signatures or ()}
