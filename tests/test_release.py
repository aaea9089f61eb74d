"""Releases cut in a repository of their own, and why there is none."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DAY = date(2026, 12, 1)
GREEN, RED = (sys.executable, "-c", "pass"), (sys.executable, "-c", "raise SystemExit(1)")


def load():
    spec = importlib.util.spec_from_file_location("release", ROOT / "packaging" / "release.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["release"] = module  # its dataclass asks for it
    spec.loader.exec_module(module)
    return module


release = load()


@pytest.fixture
def tree(tmp_path):
    """A repository with the files that a release writes, and two notes."""
    for name in release.VERSIONED:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    notes = tmp_path / "changes"
    notes.mkdir()
    (notes / "README.md").write_text("How a note is written.\n")
    (notes / "search.fixed.md").write_text("tablet: A name is found\nas it is typed.\n")
    (notes / "voice.added.md").write_text("Notes can be spoken.\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "Someone")
    git(tmp_path, "config", "user.email", "someone@example.org")
    commit(tmp_path)
    return tmp_path


def git(root, *arguments):
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout


def commit(root):
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Change something")


def state(root):
    paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
    files = {path: path.read_bytes() for path in paths}
    return files, git(root, "rev-parse", "HEAD"), git(root, "tag"), git(root, "status", "-s")


def test_a_release_gathers_the_notes_sets_the_version_and_tags(tree):
    release.release(tree, "9.8.7", GREEN, DAY)

    assert (tree / "CHANGELOG.md").read_text(encoding="utf-8") == (
        release.HEAD + "\n## 9.8.7, 2026-12-01\n\n### Added\n\n- Notes can be spoken.\n\n"
        "### Fixed\n\n**On the tablet**\n\n- A name is found as it is typed.\n"
    )
    assert [path.name for path in (tree / "changes").iterdir()] == ["README.md"]
    for name, pattern in release.VERSIONED.items():
        text = (tree / name).read_text(encoding="utf-8")
        assert re.search(pattern, text, re.MULTILINE)[1] == "9.8.7"
    assert git(tree, "status", "--porcelain") == ""
    assert git(tree, "cat-file", "-t", "v9.8.7").strip() == "tag"
    assert git(tree, "rev-parse", "v9.8.7^{commit}") == git(tree, "rev-parse", "HEAD")


def test_the_next_release_stands_above_the_last(tree):
    release.release(tree, "9.8.7", GREEN, DAY)
    (tree / "changes" / "more.changed.md").write_text("desk: Lists are shorter.\n")
    commit(tree)
    release.release(tree, "9.9.0", GREEN, DAY)

    changelog = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.index("## 9.9.0") < changelog.index("## 9.8.7")
    assert changelog.index("Lists are shorter.") < changelog.index("Notes can be spoken.")


def test_what_was_gathered_before_its_release_is_kept_and_added_to(tree):
    release.write(release.gather(tree, "9.8.7", "not released yet"))
    (tree / "changes" / "late.added.md").write_text("Letters can be carried.\n")
    commit(tree)
    release.release(tree, "9.8.7", GREEN, DAY)

    changelog = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.count("## 9.8.7, 2026-12-01") == 1
    assert "- Notes can be spoken.\n- Letters can be carried.\n" in changelog
    assert "- A name is found as it is typed.\n" in changelog


def tagged(root):
    git(root, "tag", "v9.8.7")


def dirty(root):
    (root / "pyproject.toml").write_text("changed")


def without_notes(root):
    for path in (root / "changes").glob("*.*.md"):
        path.unlink()
    commit(root)


def misnamed(root):
    (root / "changes" / "search.mended.md").write_text("Found.")
    commit(root)


def empty(root):
    (root / "changes" / "nothing.fixed.md").write_text("\n")
    commit(root)


@pytest.mark.parametrize(
    ("spoil", "version", "why"),
    [
        (None, "1.0", "'1.0' is no version: three numbers are wanted, as in 0.2.0."),
        (None, "v1.0.0", "'v1.0.0' is no version"),
        (None, "1.0.٣", "is no version"),
        (None, "", "'' is no version"),
        (tagged, "9.8.7", "9.8.7 is released already: there is a tag v9.8.7."),
        (tagged, "9.8.6", "9.8.6 is older than 9.8.7, which is released."),
        (dirty, "9.8.7", "The tree is not clean: pyproject.toml."),
        (without_notes, "9.8.7", "changes/ is empty: there is nothing to say of 9.8.7."),
        (misnamed, "9.8.7", r"changes/search.mended.md is not named NAME"),
        (empty, "9.8.7", "changes/nothing.fixed.md is empty."),
    ],
)
def test_no_release_says_why_and_changes_nothing(tree, spoil, version, why):
    if spoil is not None:
        spoil(tree)
    before = state(tree)
    with pytest.raises(release.NotReleased) as refused:
        release.release(tree, version, GREEN, DAY)
    assert why in str(refused.value)
    assert state(tree) == before


@pytest.mark.parametrize("fault", ["red", "no such command", "no tag"])
def test_a_release_that_fails_half_way_leaves_all_as_it_was(tree, fault):
    if fault == "no tag":  # the commit succeeds, the tag does not
        (tree / ".git" / "refs" / "tags" / "v9.8.7").mkdir(parents=True)
        (tree / ".git" / "refs" / "tags" / "v9.8.7" / "in-the-way").write_text("x")
    before = state(tree)
    check = {"red": RED, "no such command": ("no-such-command",), "no tag": GREEN}[fault]
    with pytest.raises((release.NotReleased, FileNotFoundError)):
        release.release(tree, "9.8.7", check, DAY)
    assert state(tree) == before


def test_the_version_stands_alike_in_every_file():
    versions = {
        re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)[1]
        for name, pattern in release.VERSIONED.items()
    }
    assert len(versions) == 1


def test_the_notes_that_wait_can_be_gathered():
    release.read_notes(ROOT / "changes")
    sections = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    for section in sections:
        version, on = section.splitlines()[0].split(", ")
        assert release.write_section(version, on, release.read_section(section)).strip() == (
            f"## {section}".strip()
        )
