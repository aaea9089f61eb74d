"""Take a picture: a port, what a machine without a camera says, Android's own camera, a fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mobile_app.device import java
from sync.errors import Refusal

Taken = Callable[[Path | None], None]
"""Called once: with the picture's file, which the caller deletes, or None if none was taken."""


class CameraMissing(Refusal):
    """There is no camera here, no app for it, or whoever manages the tablet turned it off."""

    code = "camera_missing"


class Camera(Protocol):
    """What a screen asks of the camera."""

    def take(self, path: Path, taken: Taken) -> None:
        """Let the person take a picture into `path`. Raises CameraMissing.

        Args:
            path: of a file that is not there yet (`device.handed`).
            taken: called from any thread.
        """


class NoCamera:
    """A machine without a camera."""

    def take(self, path: Path, taken: Taken) -> None:
        """Say so."""
        raise CameraMissing("camera: none on this machine")


@dataclass(slots=True)
class FakeCamera:
    """A camera that always sees the same; None: the person turns back."""

    picture: bytes | None

    def take(self, path: Path, taken: Taken) -> None:
        """Write the picture."""
        if self.picture is None:
            taken(None)
            return
        path.write_bytes(self.picture)
        taken(path)


class AndroidCamera:
    """The tablet's own camera app, which writes into a file of ours by way of a FileProvider.

    It needs no permission of ours; an app that declares CAMERA would need it granted.
    https://developer.android.com/reference/android/provider/MediaStore#ACTION_IMAGE_CAPTURE
    """

    def take(self, path: Path, taken: Taken) -> None:
        """Open the camera app. Nothing is called if the app is ended while that is open."""
        with java.thrown_as(CameraMissing, "camera: no file for it"):
            here = java.activity()
            provider = java.of("androidx.core.content.FileProvider")
            file = java.of("java.io.File")(str(path))
            target = provider.getUriForFile(here, f"{here.getPackageName()}.fileprovider", file)
        store = java.of("android.provider.MediaStore")
        intent = java.of("android.content.Intent")(store.ACTION_IMAGE_CAPTURE)
        intent.putExtra(store.EXTRA_OUTPUT, java.cast("android.os.Parcelable", target))
        intent.addFlags(intent.FLAG_GRANT_WRITE_URI_PERMISSION)

        def answered(result: int, _intent: java.Java) -> None:
            is_there = result == java.OK and path.exists() and path.stat().st_size
            taken(path if is_there else None)

        java.ask(intent, answered, missing=CameraMissing)
