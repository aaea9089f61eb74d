"""The longest modules and functions, which of them do not say why, and how many comments there are.

A module over 500 lines or a function over 60 is cut at its seams, or says why it is not, where it
stands: `# Long: …` before its first statement. Lines of functions within a function count for
those alone: what holds handlers side by side is as long as its own statements.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
MODULE_LINES_MAX, FUNCTION_LINES_MAX = 500, 60
SHOWN = 10
_REASON = "# Long: "
_TO_TOOLS = re.compile("# (?:noqa|type:|fmt:)")
_GENERATED = "migrations/versions/"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Size(NamedTuple):
    """How long something is, and whether it may be."""

    lines: int
    place: str  # path:line name
    is_module: bool
    has_reason: bool

    @property
    def is_fault(self) -> bool:
        """Whether it is longer than it may be, and says no reason."""
        most = MODULE_LINES_MAX if self.is_module else FUNCTION_LINES_MAX
        return self.lines > most and not self.has_reason


def sizes(path: str, source: str) -> Iterator[Size]:
    """Return the module's size and those of its functions; `path`: from the root."""
    lines = source.splitlines()
    tree = ast.parse(source)
    yield Size(len(lines), path, is_module=True, has_reason=_says_why(lines, 0, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            within = sum(_length(inner) for inner in ast.walk(node) if _is_child(node, inner))
            has_reason = _says_why(lines, node.lineno, node.body)
            place = f"{path}:{node.lineno} {node.name}"
            yield Size(_length(node) - within, place, is_module=False, has_reason=has_reason)


def _length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined]


def _is_child(outer: _Function, node: ast.AST) -> bool:
    """Whether a function is within another, and in none between."""
    if not isinstance(node, _Function) or node is outer:
        return False
    between = (
        other
        for other in ast.walk(outer)
        if isinstance(other, _Function) and other not in (outer, node)
    )
    return not any(node in ast.walk(other) for other in between)


def _says_why(lines: list[str], start: int, body: list[ast.stmt]) -> bool:
    """Whether a reason is written before the first statement that is no docstring."""
    statements = [
        node
        for node in body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    end = statements[0].lineno - 1 if statements else len(lines)
    return any(line.strip().startswith(_REASON) for line in lines[start:end])


def of_tree() -> list[Size]:
    """Return all of what is tracked, the longest first."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = [
        size
        for path in listed.stdout.splitlines()
        if (ROOT / path).is_file() and not path.startswith(_GENERATED)
        for size in sizes(path, (ROOT / path).read_text(encoding="utf-8"))
    ]
    return sorted(found, reverse=True)


def _comments(folder: str) -> tuple[int, int]:
    """Return how many lines of a folder are comments, notes to tools aside, and how many it has."""
    comments = lines = 0
    for path in (ROOT / folder).rglob("*.py"):
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                comments += token.type == tokenize.COMMENT and not _TO_TOOLS.match(token.string)
        lines += len(path.read_bytes().splitlines())
    return comments, lines


def main() -> int:
    """Print the longest of both. Returns 1 if any lacks its reason."""
    found = of_tree()
    for is_module in (True, False):
        longest = [size for size in found if size.is_module == is_module][:SHOWN]
        print(*(f"{size.lines:5} {size.place}" for size in longest), "", sep="\n")
    for folder in ("sync", "server", "mobile_app"):
        comments, lines = _comments(folder)
        print(f"{100 * comments / lines:5.1f} comments to a hundred lines in {folder}/")
    faults = [size for size in found if size.is_fault]
    for size in faults:
        print(f"{size.place}: {size.lines} lines; cut it at its seams, or write `# Long: why`")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
