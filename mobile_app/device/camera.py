"""Take a picture: a port, what a machine without a camera says, Android's own camera, a fake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device import java
from sync.errors import Refusal

Taken = Callable[[Path | None], None]
"""Called once: with the picture's file, which the caller deletes, or None if none was taken."""


_FIRST_REQUEST, _REQUESTS = 7_400, 100
"""Each request has a number of its own: the answer to one is not taken for another's."""
_OK = -1
"""What Android says when the person kept the picture."""


class CameraMissing(Refusal):
    """There is no camera here, or the person did not allow it."""

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
    """The tablet's own camera app, which writes into a file of ours by way of a FileProvider."""

    def __init__(self) -> None:
        """Nothing is asked for yet."""
        self._asked = 0

    def take(self, path: Path, taken: Taken) -> None:
        """Open the camera app."""
        if not java.is_permitted("CAMERA"):
            raise CameraMissing("camera: not allowed yet")
        from android import activity as results  # noqa: PLC0415 - Android alone has it

        here = java.activity()
        provider = java.of("androidx.core.content.FileProvider")
        file = java.of("java.io.File")(str(path))
        target = provider.getUriForFile(here, f"{here.getPackageName()}.fileprovider", file)
        store = java.of("android.provider.MediaStore")
        intent = java.of("android.content.Intent")(store.ACTION_IMAGE_CAPTURE)
        intent.putExtra(store.EXTRA_OUTPUT, target)
        intent.addFlags(intent.FLAG_GRANT_WRITE_URI_PERMISSION)

        asked = self._asked = (self._asked + 1) % _REQUESTS

        def done(request: int, result: int, _intent: Any) -> None:
            if request == _FIRST_REQUEST + asked:
                results.unbind(on_activity_result=done)
                is_there = result == _OK and path.exists() and path.stat().st_size
                taken(path if is_there else None)

        results.bind(on_activity_result=done)
        here.startActivityForResult(intent, _FIRST_REQUEST + asked)
