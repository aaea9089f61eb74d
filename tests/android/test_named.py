"""Every class of Android that the tablet's code names is on the bench, with all its members."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.android.generate_stubs import CORE

SOURCES = Path(__file__).parent.parent.parent / "mobile_app"
CLASS = re.compile(r"androidx?(\.[a-z0-9]+)+(\.[A-Z]\w*[a-z]\w*)(\$\w+)*")


def nodes(kind):
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        yield from ((path.name, node) for node in ast.walk(tree) if isinstance(node, kind))


def test_the_code_names_no_class_that_is_a_shell_on_the_bench():
    named = {node.value for _, node in nodes(ast.Constant) if isinstance(node.value, str)}
    classes = {one for one in named if CLASS.fullmatch(one)}
    assert classes - set(CORE) == set()
    assert {"android.content.Intent", "android.provider.Settings$Global"} <= classes


def test_java_is_reached_through_one_module():
    importing = {name for name, node in nodes(ast.ImportFrom) if node.module == "jnius"}
    assert importing == {"java.py"}
