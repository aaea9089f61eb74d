"""Cut a release: gather `changes/` into CHANGELOG.md, set the version, check, commit and tag here.

    make release VERSION=0.2.0
    python packaging/release.py 0.2.0 --gather     only gather, to read what the release will say

Nothing is pushed. Whatever stops it, a check that fails or Ctrl-C, leaves every file as it was:
the check runs on the very tree that is tagged, and what was written is put back when it fails.
`tests/test_release.py` cuts releases in a repository of its own.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECK = ("make", "check")
KINDS = {"added": "Added", "changed": "Changed", "fixed": "Fixed", "removed": "Removed"}
AREAS = {
    "": "",
    "tablet": "On the tablet",
    "desk": "At the desk",
    "portal": "On the portal",
    "server": "For operators",
    "code": "For developers",
}
"""What a note may begin with, as in `desk: …`, and the heading it then stands under."""
VERSIONED = {
    "sync/versions.py": r'^APP_BUILD = "(.*)"$',
    "pyproject.toml": r'^version = "(.*)"$',
    "packaging/buildozer.spec": r"^version = (.*)$",
}
"""Where the version stands: what the app calls itself, the project, the APK."""
HEAD = "# Changelog\n\nWhat users see of each version, the newest first.\n"
_OPEN = "not released yet"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)

Notes = dict[str, dict[str, list[str]]]
"""{kind: {area: notes, each one line}}"""


class NotReleased(Exception):
    """Why there is no release, in one sentence."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The tree a release is cut from."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git; return what it prints. Raises NotReleased: it failed."""
        run = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise NotReleased(f"git {arguments[0]} failed: {run.stderr.strip()}")
        return run.stdout

    def require_clean(self) -> None:
        """Raises NotReleased: something here is in no commit."""
        if changed := [line[3:] for line in self.git("status", "--porcelain").splitlines()]:
            raise NotReleased(f"The tree is not clean: {', '.join(changed[:3])}.")

    def require_new(self, version: str) -> None:
        """Raises NotReleased: the version is tagged, or an older one than the newest tag's."""
        tags = self.git("tag", "--list", "v*").split()
        released = [tag[1:] for tag in tags if _VERSION.fullmatch(tag[1:])]
        if version in released:
            raise NotReleased(f"{version} is released already: there is a tag v{version}.")
        newest = max(released, key=_numbers, default="")
        if newest and _numbers(version) < _numbers(newest):
            raise NotReleased(f"{version} is older than {newest}, which is released.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def require_version(version: str) -> None:
    """Raises NotReleased: it is not three numbers."""
    if not _VERSION.fullmatch(version):
        raise NotReleased(f"{version!r} is no version: three numbers are wanted, as in 0.2.0.")


def read_notes(folder: Path) -> tuple[Notes, list[Path]]:
    """Return the notes of a folder, by the names of their files, and those files.

    Raises:
        NotReleased: a file is named for no kind, or says nothing.
    """
    notes: Notes = {}
    paths = [path for path in sorted(folder.glob("*")) if path.name != "README.md"]
    for path in paths:
        found = re.fullmatch(r"[a-z0-9-]+\.([a-z]+)\.md", path.name)
        if found is None or found[1] not in KINDS:
            raise NotReleased(f"changes/{path.name} is not named NAME.{'|'.join(KINDS)}.md.")
        text = " ".join(path.read_text(encoding="utf-8").split())
        if not text:
            raise NotReleased(f"changes/{path.name} is empty.")
        area, colon, rest = text.partition(": ")
        if not (colon and area in AREAS):
            area, rest = "", text
        notes.setdefault(found[1], {}).setdefault(area, []).append(rest)
    return notes, paths


def read_section(section: str) -> Notes:
    """Return the notes of a version's section, as `write_section` wrote it."""
    kind_of = {heading: kind for kind, heading in KINDS.items()}
    area_of = {heading: area for area, heading in AREAS.items()}
    notes: Notes = {}
    kind = area = ""
    for line in section.splitlines():
        if line.startswith("### "):
            kind, area = kind_of[line[4:]], ""
        elif line.startswith("**"):
            area = area_of[line.strip("*")]
        elif line.startswith("- "):
            notes.setdefault(kind, {}).setdefault(area, []).append(line[2:])
    return notes


def write_section(version: str, on: str, notes: Notes) -> str:
    """Return the section of a version: a heading a kind, below it one an area."""
    lines = [f"## {version}, {on}\n"]
    for kind, heading in KINDS.items():
        if kind in notes:
            lines.append(f"### {heading}\n")
        for area, name in AREAS.items():
            if gathered := notes.get(kind, {}).get(area):
                lines += [*([f"**{name}**\n"] if name else []), *(f"- {note}" for note in gathered)]
                lines.append("")
    return "\n".join(lines)


def with_notes(changelog: str, version: str, on: str, notes: Notes) -> str:
    """Return the changelog with notes in the section of a version.

    A section that is there already, gathered before its release, keeps its notes: the new ones
    follow them.

    Raises:
        NotReleased: there is nothing to say of this version.
    """
    head, *sections = re.split(r"^(?=## )", changelog or HEAD, flags=re.MULTILINE)
    gathered: Notes = {}
    if sections and sections[0].startswith(f"## {version},"):
        gathered = read_section(sections.pop(0))
    for kind, by_area in notes.items():
        for area, more in by_area.items():
            gathered.setdefault(kind, {}).setdefault(area, []).extend(more)
    if not gathered:
        raise NotReleased(f"changes/ is empty: there is nothing to say of {version}.")
    return "\n".join([head.rstrip() + "\n", write_section(version, on, gathered), *sections])


def gather(root: Path, version: str, on: str) -> dict[Path, str | None]:
    """Return what gathering writes: {path: its new text, None: deleted}. Raises NotReleased."""
    changelog = root / "CHANGELOG.md"
    notes, paths = read_notes(root / "changes")
    text = changelog.read_text(encoding="utf-8") if changelog.exists() else ""
    return {changelog: with_notes(text, version, on, notes), **dict.fromkeys(paths)}


def set_version(root: Path, version: str) -> dict[Path, str | None]:
    """Return what setting the version writes. Raises NotReleased: a file has no place for it."""
    written: dict[Path, str | None] = {}
    for name, pattern in VERSIONED.items():
        text = (root / name).read_text(encoding="utf-8")
        places = list(re.finditer(pattern, text, re.MULTILINE))
        if len(places) != 1:
            raise NotReleased(f"{name} has {len(places)} lines with a version, not one.")
        begin, end = places[0].span(1)
        written[root / name] = text[:begin] + version + text[end:]
    return written


def write(files: dict[Path, str | None]) -> dict[Path, str | None]:
    """Write or delete files. Returns what they were: writing that puts all back."""
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in files}
    for path, text in files.items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text, encoding="utf-8")
    return before


def require_green(root: Path, check: Sequence[str]) -> None:
    """Raises NotReleased: the check fails."""
    if subprocess.run(check, cwd=root, check=False).returncode:
        raise NotReleased(f"`{' '.join(check)}` fails: nothing was released.")


def release(root: Path, version: str, check: Sequence[str], today: date) -> None:
    """Gather, set the version, check, commit and tag.

    Args:
        check: a command that exits with 0 when the tree is green.

    Raises:
        NotReleased: why not, in one sentence; every file is as it was.
    """
    require_version(version)
    repository = Repository(root)
    repository.require_new(version)
    repository.require_clean()
    files = {**gather(root, version, today.isoformat()), **set_version(root, version)}
    head = repository.git("rev-parse", "HEAD").strip()
    before = write(files)
    try:
        require_green(root, check)
        repository.git("add", "--", *(str(path) for path in files))
        repository.git("commit", "-q", "-m", f"Release {version}", "-m", "Gather what changed.")
        repository.git("tag", "-a", f"v{version}", "-m", f"Nuqta {version}")
    except BaseException:  # Ctrl-C during the check too
        repository.git("reset", "-q", "--soft", head)  # no commit without its tag
        write(before)
        repository.git("reset", "-q")  # what was added is as before: the index was clean
        raise


def main() -> int:
    """Cut the release, or only gather."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--gather", action="store_true", help="no version, check, commit or tag")
    chosen = parser.parse_args()
    try:
        if chosen.gather:
            require_version(chosen.version)
            write(gather(ROOT, chosen.version, _OPEN))
            return 0
        release(ROOT, chosen.version, CHECK, date.today())  # noqa: DTZ011 - the maintainer's day
    except NotReleased as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"v{chosen.version} is committed and tagged here. To publish: git push --follow-tags")
    return 0


if __name__ == "__main__":
    sys.exit(main())
