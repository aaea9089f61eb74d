"""Files that people carry: a port, a folder of this machine, Android's own chooser, a fake.

On Android the person says in the system's chooser where a file is written and which is read: a
memory stick, the shared folders, what came by Bluetooth. The app asks for no permission.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mobile_app.device import java
from sync.errors import Refusal


class FileUnreadable(Refusal):
    """The file is not there, or not ours to read."""

    code = "file_unreadable"


class ChooserMissing(Refusal):
    """The device has no chooser of files, or it is turned off."""

    code = "chooser_missing"


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
        found = [path for path in self.folder.glob("*") if path.is_file()]
        return [
            PathPlace(path)
            for path in sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name))
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

    uri: java.Java

    @property
    def name(self) -> str:
        """Return how it is shown, else the end of its address, which may be a mere number."""
        shown = java.of("android.provider.OpenableColumns").DISPLAY_NAME
        with suppress(java.fault()):
            rows = _resolver().query(self.uri, [shown], None, None, None)
            if rows is not None:
                try:
                    if rows.moveToFirst() and rows.getString(0):
                        return str(rows.getString(0))
                finally:
                    rows.close()
        return str(self.uri.getLastPathSegment()).rpartition("/")[2]

    def _open(self, mode: str, refusal: type[Refusal]) -> int:
        with java.thrown_as(refusal, "document"):
            return int(_resolver().openFileDescriptor(self.uri, mode).detachFd())

    def read(self) -> bytes:
        try:
            with os.fdopen(self._open("r", FileUnreadable), "rb") as file:
                return file.read()
        except (OSError, FileUnreadable) as fault:  # or the memory stick that was pulled
            raise FileUnreadable(f"document: {fault}", file=self.name) from fault

    def write(self, content: bytes) -> None:
        try:
            with os.fdopen(self._open("wt", FileUnwritable), "wb") as file:
                file.write(content)
        except (OSError, FileUnwritable) as fault:  # or the memory stick that was pulled
            raise FileUnwritable(f"document: {fault}", file=self.name) from fault


def _resolver() -> java.Java:
    return java.activity().getContentResolver()


class AndroidFiles:
    """The system's chooser of documents (Storage Access Framework)."""

    def lying(self) -> None:
        """Let the person choose."""

    def choose(self, chosen: Chosen) -> None:
        """Open the chooser of documents. Raises ChooserMissing."""
        self._ask("ACTION_OPEN_DOCUMENT", "", chosen)

    def create(self, name: str, chosen: Chosen) -> None:
        """Open the chooser of a place, the name proposed. Raises ChooserMissing."""
        self._ask("ACTION_CREATE_DOCUMENT", name, chosen)

    def _ask(self, action: str, title: str, chosen: Chosen) -> None:
        names = java.of("android.content.Intent")
        intent = names(getattr(names, action))
        intent.addCategory(names.CATEGORY_OPENABLE)
        intent.setType("application/octet-stream" if title else "*/*")
        if title:
            intent.putExtra(names.EXTRA_TITLE, java.text(title))

        def answered(result: int, answer: java.Java) -> None:
            is_chosen = result == java.OK and answer is not None
            chosen(_Document(answer.getData()) if is_chosen else None)

        java.ask(intent, answered, missing=ChooserMissing)
