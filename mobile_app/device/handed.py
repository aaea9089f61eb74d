"""Files that another program is handed: the camera's picture, a recording to be heard.

They lie unencrypted, so none outlives its use: the folder is emptied when the app starts, when it
is locked and when another agent's turn comes. Each file has a name of its own, so nothing that was
left over is taken for what was just asked for.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = "handed"
PICTURE = ".jpg"
_FORMER = ("camera.jpg", "voice-play.aac")
"""Where earlier versions had them: beside the first agent's files."""
_NAME_BYTES = 8


def fresh(root: Path, suffix: str) -> Path:
    """Return where a new file is to lie; it is not there yet. `root`: of the app."""
    folder = root / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / (os.urandom(_NAME_BYTES).hex() + suffix)


def clear(root: Path) -> bool:
    """Delete all that is left. Returns whether a picture was: taken, and come to nobody."""
    left = [*(root / _FOLDER).glob("*")]
    has_picture = any(path.suffix == PICTURE and path.stat().st_size for path in left)
    for path in (*left, *(root / name for name in _FORMER)):
        path.unlink(missing_ok=True)
    return has_picture
