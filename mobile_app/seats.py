"""Several agents on one tablet: each has a folder of their own, with their own file, key and PIN.

The first agent's files lie in the app's folder itself, each further one's in `agents/N` below it.
What stands here is readable before anything is unlocked: the agents' names, to choose by, and no
more. Nothing of one agent's is read with another's PIN.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mobile_app.device.storage import StoreFull, write_private
from mobile_app.store.key import KeyRing

_AGENTS, _NAME, _EMPTYING = "agents", "agent.json", "emptying"
_OF_THE_TABLET = (_AGENTS, "settings.json", "practice", "update")
"""What lies beside the first agent's files and is not theirs."""


class Card(msgspec.Struct, frozen=True):
    """What is known of a seat's agent while it is locked. Empty before it is linked."""

    login: str = ""
    name_ar: str = ""
    name_fr: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent's folder, and whose it is."""

    folder: Path
    card: Card


def seats(root: Path) -> list[Seat]:
    """Return the agents of this tablet that have chosen a PIN, in the order they came."""
    further = sorted((root / _AGENTS).glob("*/"), key=lambda one: (len(one.name), one.name))
    return [
        Seat(folder, _card(folder)) for folder in (root, *further) if not KeyRing(folder).is_new
    ]


def others(root: Path, folder: Path) -> list[Path]:
    """Return the folders of all agents but one."""
    return [one.folder for one in seats(root) if one.folder != folder]


def next_folder(root: Path) -> Path:
    """Return where another agent's files are to lie; nothing is made yet."""
    if KeyRing(root).is_new:
        return root
    number = 2
    while not KeyRing(root / _AGENTS / str(number)).is_new:
        number += 1
    return root / _AGENTS / str(number)


def root_of(folder: Path) -> Path:
    """Return the app's folder, of an agent's."""
    return folder.parent.parent if folder.parent.name == _AGENTS else folder


def write_card(folder: Path, card: Card) -> None:
    """Keep whose a folder is, if it says something new."""
    if _card(folder) != card:
        write_private(folder / _NAME, msgspec.json.encode(card))


def empty(folder: Path, confirm: Callable[[], None] = lambda: None) -> None:
    """Destroy an agent's key, then everything else of theirs. Nobody's but theirs.

    Args:
        confirm: called when the key is destroyed; the store may still be open.
    """
    with suppress(StoreFull):  # without the key all else is rubbish, found or not
        write_private(folder / _EMPTYING, b"")
    KeyRing(folder).destroy()
    confirm()
    _remove(folder)


def finish_emptying(root: Path) -> None:
    """Go on where the app was ended in the midst of `empty`."""
    for folder in (root, *(root / _AGENTS).glob("*/")):
        if (folder / _EMPTYING).exists():
            empty(folder)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in _OF_THE_TABLET:
            shutil.rmtree(path)
        elif path.name not in (*_OF_THE_TABLET, _EMPTYING):
            path.unlink()
    (folder / _EMPTYING).unlink(missing_ok=True)


def _card(folder: Path) -> Card:
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=Card)
    except (OSError, msgspec.DecodeError):
        return Card()
