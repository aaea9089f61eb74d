"""Files that people carry: a port, a folder of this machine, Android's own chooser, a fake.

On Android the person says in the system's chooser where a file is written and which is read: a
memory stick, the shared folders, what came by Bluetooth. The app asks for no permission. Written
against the documented names, and never run on a device yet.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device import java
from sync.errors import Refusal


class FileUnreadable(Refusal):
    """The file is not there, or not ours to read."""

    code = "file_unreadable"


class FileUnwritable(Refusal):
    """There is no place for the file, or it is not ours to write."""

    code = "file_unwritable"


class Place(Protocol):
    """Where a file lies or is to lie. `name`: as a person finds it again."""

    @property
    def name(self) -> str:
        """Return its name."""

    def read(self) -> bytes:
        """Return what is in it. Raises FileUnreadable."""

    def write(self, content: bytes) -> None:
        """Put something there, in place of what was. Raises FileUnwritable."""


Chosen = Callable[[Place | None], None]
"""Called once, from any thread; None: the person turned back."""


class Files(Protocol):
    """What a screen asks of the place where files come and go."""

    def lying(self) -> Sequence[Place] | None:
        """Return what lies in the app's folder; None where the system lets the person choose."""

    def choose(self, chosen: Chosen) -> None:
        """Let the person choose a file to read."""

    def create(self, name: str, chosen: Chosen) -> None:
        """Let the person say where a new file goes."""


@dataclass(frozen=True, slots=True)
class PathPlace:
    """A file by its path."""

    path: Path

    @property
    def name(self) -> str:
        """Return the path."""
        return str(self.path)

    def read(self) -> bytes:
        """Read it."""
        try:
            return self.path.read_bytes()
        except OSError as fault:
            raise FileUnreadable(f"{self.path}: {fault}", file=self.path.name) from fault

    def write(self, content: bytes) -> None:
        """Write it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(content)
        except OSError as fault:
            raise FileUnwritable(f"{self.path}: {fault}", file=self.path.name) from fault


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """A folder; on a machine whose files anybody can copy."""

    folder: Path

    def lying(self) -> Sequence[Place]:
        """Return the files, the newest first."""
        found = [one for one in self.folder.glob("*") if one.is_file()]
        return [
            PathPlace(one)
            for one in sorted(found, key=lambda one: (-one.stat().st_mtime_ns, one.name))
        ]

    def choose(self, chosen: Chosen) -> None:
        """Choose nothing: the screen lists what lies here."""
        chosen(None)

    def create(self, name: str, chosen: Chosen) -> None:
        """Name a file of the folder, another than those that lie there."""
        path, number = self.folder / name, 1
        while path.exists():
            number += 1
            path = (self.folder / name).with_stem(f"{Path(name).stem}-{number}")
        chosen(PathPlace(path))


@dataclass(slots=True)
class FakePlace:
    """A file in memory. `content`: None, it cannot be read; `is_full`: nor written."""

    name: str
    content: bytes | None = None
    is_full: bool = False

    def read(self) -> bytes:
        """Return what was put there."""
        if self.content is None:
            raise FileUnreadable("files: nothing there", file=self.name)
        return self.content

    def write(self, content: bytes) -> None:
        """Put it there."""
        if self.is_full:
            raise FileUnwritable("files: no room", file=self.name)
        self.content = content


@dataclass(slots=True)
class FakeFiles:
    """A chooser whose person always chooses `next`, or turns back."""

    next: FakePlace | None = None
    created: list[str] = field(default_factory=list)

    def lying(self) -> None:
        """Let the person choose."""

    def choose(self, chosen: Chosen) -> None:
        """Choose."""
        chosen(self.next)

    def create(self, name: str, chosen: Chosen) -> None:
        """Choose where."""
        self.created.append(name)
        chosen(self.next)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document of Android's, by its address."""

    uri: Any

    @property
    def name(self) -> str:
        return str(self.uri.getLastPathSegment()).rpartition("/")[2]

    def _open(self, mode: str) -> int:
        resolver = java.activity().getContentResolver()
        return int(resolver.openFileDescriptor(self.uri, mode).detachFd())

    def read(self) -> bytes:
        try:
            with os.fdopen(self._open("r"), "rb") as file:
                return file.read()
        except Exception as fault:  # Java's, or the memory stick that was pulled
            raise FileUnreadable(f"document: {fault}", file=self.name) from fault

    def write(self, content: bytes) -> None:
        try:
            with os.fdopen(self._open("wt"), "wb") as file:
                file.write(content)
        except Exception as fault:  # Java's, or the memory stick that was pulled
            raise FileUnwritable(f"document: {fault}", file=self.name) from fault


class AndroidFiles:
    """The system's chooser of documents (Storage Access Framework)."""

    _REQUEST = 7_302
    _OK = -1

    def lying(self) -> None:
        """Let the person choose."""

    def choose(self, chosen: Chosen) -> None:
        """Open the chooser of documents."""
        self._ask("ACTION_OPEN_DOCUMENT", "", chosen)

    def create(self, name: str, chosen: Chosen) -> None:
        """Open the chooser of a place, the name proposed."""
        self._ask("ACTION_CREATE_DOCUMENT", name, chosen)

    def _ask(self, action: str, title: str, chosen: Chosen) -> None:
        from android import activity as results  # noqa: PLC0415 - Android alone has it

        names = java.of("android.content.Intent")
        intent = names(getattr(names, action))
        intent.addCategory(names.CATEGORY_OPENABLE)
        intent.setType("application/octet-stream" if title else "*/*")
        if title:
            intent.putExtra(names.EXTRA_TITLE, title)

        def done(request: int, result: int, answer: Any) -> None:
            if request == self._REQUEST:
                results.unbind(on_activity_result=done)
                is_chosen = result == self._OK and answer is not None
                chosen(_Document(answer.getData()) if is_chosen else None)

        results.bind(on_activity_result=done)
        java.activity().startActivityForResult(intent, self._REQUEST)
