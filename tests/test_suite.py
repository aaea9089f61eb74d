"""The suite itself: each test is in one process of `make test`, each story in `make stories`."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import random
import sys
from functools import cache
from pathlib import Path

import pytest
from litestar.exceptions import HTTPException

from server.app import build_app, open_database
from server.settings import Settings
from tests import compiled, stories

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def suite():
    spec = importlib.util.spec_from_file_location("run_tests", ROOT / "packaging/run_tests.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def is_in(run, marks):
    """Whether pytest chooses a test of these marks for a run, by its expression."""
    words = set(run.marks.replace("(", " ").split()) - {"and", "not"}
    return eval(run.marks, {word: word in marks for word in words})


@cache
def told():
    """Return of each story where it stands, its turns and its axes."""
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "story":
                    names = {**vars(stories), "story": lambda *turns, **axes: (turns, axes)}
                    turns, axes = eval(compile(ast.Expression(call), str(path), "eval"), names)
                    found.append((str(path.relative_to(ROOT)), node.name, turns, axes))
    return found


def test_a_test_of_any_marks_is_in_one_run_of_its_file(suite):
    runs = list(suite.runs())
    kinds = itertools.chain.from_iterable(
        itertools.combinations(suite.KINDS, count) for count in range(len(suite.KINDS) + 1)
    )
    for marks in kinds:
        first = next((kind for kind in suite.KINDS if kind in marks), "")
        chosen = {run.kind for run in runs if is_in(run, marks)}
        assert chosen == {first}, marks
        assert not [run for run in runs if is_in(run, {*marks, "replay"})]


def test_each_file_is_in_one_run_of_each_kind_of_test_that_it_has(suite):
    files = suite.test_files()
    assert "tests/test_suite.py" in files
    runs = list(suite.runs())
    for kind in ("", *suite.KINDS):
        taken = [name for run in runs if run.kind == kind for name in run.files]
        assert len(taken) == len(set(taken)), f"twice among {kind}"
        marked = [name for name in files if f"pytest.mark.{kind}" in (ROOT / name).read_text()]
        assert not kind or set(marked) <= {"tests/test_suite.py", *taken}, kind
    assert {name for run in runs for name in run.files} == set(files)


def test_a_file_without_a_kind_of_its_own_is_run_for_both_databases(suite):
    whole = {kind: set() for kind in suite.KINDS}
    for run in suite.runs():
        whole.setdefault(run.kind, set()).update(run.files)
    for name in suite.test_files():
        text = (ROOT / name).read_text(encoding="utf-8")
        if not any(f"mark.{kind}" in text for kind in suite.KINDS):
            assert name in whole[""] & whole["postgres"], name


def test_the_check_is_what_make_test_runs_of_its_kind_less_what_is_slow(suite):
    check = {name for run in suite.runs("not replay and not slow", [""]) for name in run.files}
    plain = {name for run in suite.runs(kinds=[""]) for name in run.files}
    assert check < plain
    for name in plain - check:
        assert "mark.slow" in (ROOT / name).read_text(encoding="utf-8")


def test_each_story_is_played_by_make_stories_and_in_part_by_make_test(suite):
    runs = list(suite.runs("story", ["kivy", "browser"]))
    for path, name, _, _ in told():
        assert sum(path in run.files for run in runs) == 1, f"{path}::{name}"
    assert all(is_in(run, {run.kind, "story", *more}) for run in runs for more in ((), ("replay",)))


def test_a_story_has_all_its_paths_and_its_turns_are_not_replayed():
    def read(language, width):
        pass

    marks = stories.story(1, 2, language=stories.LANGUAGES, width=stories.WIDTHS)(read).pytestmark
    (paths,) = (mark.args[1] for mark in marks if mark.name == "parametrize")
    assert len(paths) == len(stories.LANGUAGES) * len(stories.WIDTHS)
    assert [one.values for one in paths if not one.marks] == [("ar", 1440), ("fr", 360)]
    assert any(mark.name == "story" for mark in marks)


def test_make_test_meets_each_language_width_and_script_in_some_story():
    met = {}
    for _, _, turns, axes in told():
        paths = list(itertools.product(*axes.values()))
        for turn in turns:
            for axis, value in zip(axes, paths[turn], strict=True):
                met.setdefault(axis, set()).add(value)
    assert set(stories.ALL_LANGUAGES) <= met["language"]
    assert set(stories.WIDTHS) <= met["width"]
    assert set(stories.SCRIPTS) <= met["script"]


def taken_by_the_app(settings, database):
    """Return of each path and method who answers, and what of an address and a form it takes."""
    answers = {}
    for route in build_app(settings, database).routes:
        for method, (handler, model) in getattr(route, "route_handler_map", {}).items():
            read = handler.parsed_fn_signature
            taken = {name: one.annotation for name, one in read.parameters.items()}
            parts = {one.field_name for one in model.expected_path_params}
            others = {one.field_name for one in model.expected_query_params}
            answers[route.path, method] = (str(handler), handler.opt.get("right"), taken)
            answers[route.path, method] += (parts, others, model.expected_reserved_kwargs)
    return answers


def found(app, path, method):
    """Return who answers to a path, and with what of it; or what nobody answers with."""
    try:
        _, handler, *of_path = app.asgi_router.handle_routing(path=path, method=method)
    except HTTPException as fault:
        return type(fault).__name__
    return str(handler), *of_path


def test_an_app_that_registers_what_is_asked_for_finds_what_one_with_all_routes_finds(tmp_path):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path)})
    database = open_database(settings)
    whole = build_app(settings, database)
    asked = {"/", "/desk", "/nowhere", "/desk/nowhere", "/sync/v1x", "/sync/v1/blobs/x"}
    for route in whole.routes:
        parts = [getattr(part, "name", part) for part in route.path_components]
        for end in range(len(parts) + 1):
            asked |= {"/" + "/".join(parts[:end]), "/" + "/".join((*parts[:end], "7", "x"))}
    for seed in range(2):
        app, paths = build_app(settings, database), sorted(asked)
        random.Random(seed).shuffle(paths)
        for path, method in itertools.product(paths, ("GET", "POST", "DELETE", "OPTIONS")):
            assert found(app, path, method) == found(whole, path, method), (path, method)
        assert {route.path for route in app.routes} == {route.path for route in whole.routes}
    database.engines.close()


def test_apps_that_share_what_was_read_answer_as_one_that_shares_nothing(tmp_path, monkeypatch):
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path)})
    database = open_database(settings)
    first, second = (taken_by_the_app(settings, database) for _ in range(2))
    for own in compiled.APART:
        monkeypatch.setattr(*own)
    alone = taken_by_the_app(settings, database)
    database.engines.close()
    assert len(alone) > 200
    assert first == alone
    assert second == alone
