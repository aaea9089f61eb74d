"""A feature of the server is a folder that explains itself, and is listed nowhere."""

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[3] / "server"
FEATURES = sorted(path.parent for path in SERVER.glob("*/pages.py"))
OTHERS = [SERVER / name for name in ("cli", "media", "pilot", "updates", "web")]


@pytest.mark.parametrize("folder", [*FEATURES, *OTHERS], ids=lambda folder: folder.name)
def test_a_folder_says_which_of_its_files_to_open_for_what(folder):
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    missing = sorted(name for name in files if f"`{name}`" not in said)
    assert missing == [], f"name them in the docstring of {folder.name}/__init__.py"


def test_features_are_found_by_their_place():
    assert {"desk", "people", "points", "portal", "visits"} < {folder.name for folder in FEATURES}
    app = (SERVER / "app.py").read_text(encoding="utf-8")
    assert [folder.name for folder in FEATURES if f"server.{folder.name}.pages" in app] == []
