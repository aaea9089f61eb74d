"""What the pages of `docs/` name is there: files, functions, pictures, and other pages."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDES = ROOT / "docs" / "guides"
PICTURES = GUIDES / "pictures"
PICTURE_BYTES_MAX = 720_000
NAMED = re.compile(
    r"`((?:sync|server|mobile_app|packaging|tests|docs|changes|benchmarks|migrations)/[\w./-]*)"
    r"(?:::([\w.]+))?`"
)
"""A path from the root, alone or with what it declares: `sync/merge.py::merge`."""
LINKED = re.compile(r"\]\(([^)\s#]+)\)")
MAPS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/ARCHITECTURE.md",
    "docs/glossary.md",
    "docs/protocol.md",
)
USERS = ("agent", "coordinator", "enterprise", "operator")


def guides():
    return sorted(GUIDES.glob("*.md"))


@cache
def declared(path):
    """Return what a module declares: functions, classes, constants, and a class's methods."""
    names = set()

    def read(body, prefix=""):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                read(node.body, f"{prefix}{node.name}.")
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names.update(prefix + one.id for one in targets if isinstance(one, ast.Name))

    read(ast.parse(path.read_text(encoding="utf-8")).body)
    return names


@pytest.mark.parametrize("page", MAPS)
def test_what_a_map_names_is_there(page):
    named = NAMED.findall((ROOT / page).read_text(encoding="utf-8"))
    missing = [
        f"{path}::{name}" if name else path
        for path, name in named
        if not (ROOT / path).exists() or (name and name not in declared(ROOT / path))
    ]
    assert missing == [], "name it as it is called now"
    assert named or page == "README.md"


def test_the_walks_name_a_function_in_each_room():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\| \d+ \|.*$", text, re.MULTILINE)
    assert len(steps) > 20
    assert [step for step in steps if not NAMED.search(step)] == []


@pytest.mark.parametrize("page", [*MAPS, *(str(one.relative_to(ROOT)) for one in guides())])
def test_links_lead_somewhere(page):
    path = ROOT / page
    links = [one for one in LINKED.findall(path.read_text(encoding="utf-8")) if ":" not in one]
    assert [one for one in links if not (path.parent / one).exists()] == []


def test_each_user_has_a_guide_in_their_languages():
    there = {one.name for one in guides()}
    assert {f"{user}.md" for user in USERS} <= there
    assert {f"{user}.fr.md" for user in USERS} <= there
    assert {f"{user}.ar.md" for user in USERS if user != "operator"} <= there


def test_every_picture_is_used_and_there_in_both_languages():
    shown = {
        language: {
            Path(one).name
            for path in guides()
            if path.name.endswith(f".{language}.md") or path.name.count(".") == 1
            for one in LINKED.findall(path.read_text(encoding="utf-8"))
            if one.endswith(f"-{language}.webp")
        }
        for language in ("ar", "fr")
    }
    there = {path.name for path in PICTURES.glob("*")}

    assert shown["ar"] | shown["fr"] == there, "a picture is missing or unused: make guides"
    assert {one.replace("-ar.", "-fr.") for one in shown["ar"]} == shown["fr"]
    assert sum(path.stat().st_size for path in PICTURES.glob("*")) <= PICTURE_BYTES_MAX


def test_a_guide_shows_the_pictures_of_its_own_language():
    for path in guides():
        own = path.suffixes[0].strip(".") if path.name.count(".") == 2 else ""
        pictures = [one for one in LINKED.findall(path.read_text("utf-8")) if one.endswith("webp")]
        assert pictures, path.name
        if own == "ar":
            text = path.read_text("utf-8").strip()
            assert text.startswith('<div dir="rtl">'), path.name
            assert text.partition("</div>")[1:] == ("</div>", ""), f"{path.name}: ends sooner"
        if own:
            assert [one for one in pictures if not one.endswith(f"-{own}.webp")] == [], path.name


@pytest.mark.parametrize("target", ["demo", "test", "check", "guides", "release", "docs"])
def test_what_one_makes_is_in_the_help(target):
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"^{target}\s", said.stdout, re.MULTILINE)
