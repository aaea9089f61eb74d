"""Every call of Java that may throw is caught, where it stands or wherever its function is called.

Python cannot know what Java throws: an exception that is not caught ends the app. `THROWS` are the
calls that `mobile_app` makes and whose documentation names an exception which a person, a device or
a manager may cause. `java.thrown_as` catches them, and so do `suppress` and `except` that name
`java.fault()` or `Exception`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

THROWS = {
    "startActivity": "no app takes it",
    "startActivityForResult": "no app takes it",
    "of.start": "a service, not from the background",
    "startService": "not from the background",
    "startForegroundService": "not from the background",
    "requestLocationUpdates": "no permission, or no such receiver",
    "getLastKnownLocation": "no permission, or no such receiver",
    "getUriForFile": "no place of the provider",
    "openFileDescriptor": "the document is gone",
    "getKey": "the keystore's own, on some devices",
    "generateKey": "the keystore's own, on some devices",
    "doFinal": "the seal does not hold, or the key is lost",
    "setAudioSource": "the microphone is taken away",
    "prepare": "the microphone is taken",
    "commit": "the installer's session is over",
    "openSession": "the installer's session is over",
    "createSession": "no room",
}
CATCHERS = {"Exception", "fault"}
FOLDERS = ("mobile_app/device", "mobile_app/service.py")


def faults(root: Path) -> list[str]:
    """Return a sentence for each call that may throw, with nothing that catches it."""
    found, count = [], 0
    for name in FOLDERS:
        path = root / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            text = file.read_text("utf-8")
            calls, bare = look(text)
            count += calls
            found += [f"{file.relative_to(root)}:{line}: {said}" for line, said in bare]
    print(f"  {count} calls of Java that may throw, {count - len(found)} of them caught")
    return found


def look(text: str) -> tuple[int, list[tuple[int, str]]]:
    """Return how many calls of a module may throw, and line and reason of those not caught."""
    tree = ast.parse(text)
    others = _other_names(tree)
    calls = [
        (called, function, line, is_caught)
        for name, function, line, is_caught in _calls(tree, function="", is_caught=False)
        for called in others.get(name, [name])
    ]
    caught = _functions_caught(calls)
    ours = [one for one in calls if one[0] in THROWS]
    bare = [
        (line, f"{name} may throw ({THROWS[name]}), and nothing catches it")
        for name, function, line, is_caught in ours
        if not is_caught and function not in caught
    ]
    return len(ours), bare


def _other_names(tree: ast.Module) -> dict[str, list[str]]:
    """Return {name in a loop: the functions that the loop goes through}."""
    return {
        one.target.id: [_name(each) for each in one.iter.elts]
        for one in ast.walk(tree)
        if isinstance(one, ast.For)
        and isinstance(one.target, ast.Name)
        and isinstance(one.iter, ast.Tuple)
    }


def _name(node: ast.AST) -> str:
    found: str = getattr(node, "attr", getattr(node, "id", ""))
    return found


_Call = tuple[str, str, int, bool]
"""What is called, in which function, in which line, whether inside a `try` that catches."""


def _functions_caught(calls: list[_Call]) -> set[str]:
    """Return the functions of which every call in the module is caught, as long as there is one."""
    caught: set[str] = set()
    while True:
        more = {
            name
            for name in {function for _, function, _, _ in calls} - caught
            if (places := [one for one in calls if one[0] == name])
            and all(ok or function in caught for _, function, _, ok in places)
        }
        if not more:
            return caught
        caught |= more


def _calls(node: ast.AST, *, function: str, is_caught: bool) -> Iterator[_Call]:
    for child in ast.iter_child_nodes(node):
        inside, caught = function, is_caught
        if isinstance(child, ast.FunctionDef):
            inside, caught = child.name, False
        elif isinstance(child, ast.Call):
            yield _called(child.func), function, child.lineno, is_caught
        if isinstance(child, ast.Try | ast.With):
            is_catching = is_caught or (
                any(map(_catches, child.handlers))
                if isinstance(child, ast.Try)
                else any(_is_guard(one.context_expr) for one in child.items)
            )
            body = ast.Module(child.body, [])
            yield from _calls(body, function=function, is_caught=is_catching)
            child.body = []
        yield from _calls(child, function=inside, is_caught=caught)


def _called(called: ast.expr) -> str:
    """Return the last name of what is called; `of.start` where it is of `java.of(…)` itself."""
    of = called.value if isinstance(called, ast.Attribute) else called
    is_class = isinstance(of, ast.Call) and _name(of.func) == "of"
    return f"of.{_name(called)}" if is_class else _name(called)


def _catches(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or _names_a_catcher(handler.type)


def _is_guard(entered: ast.expr) -> bool:
    """Whether a `with` catches: `suppress(java.fault())`, or `java.thrown_as(…)`."""
    if not isinstance(entered, ast.Call):
        return False
    name = _name(entered.func)
    return name == "thrown_as" or (name == "suppress" and any(map(_names_a_catcher, entered.args)))


def _names_a_catcher(expression: ast.expr) -> bool:
    return any(_name(one) in CATCHERS for one in ast.walk(expression))
