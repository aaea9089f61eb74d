"""What `make arm-check` compares: the week says the same twice, and a difference is seen."""

import importlib.util
import sys
from pathlib import Path

import pytest

from tests import portable

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("arm_check", ROOT / "packaging/arm_check.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[spec.name]


@pytest.mark.slow
def test_a_week_from_the_book_says_what_the_recorded_one_said(check, tmp_path):
    recorded = portable.record(tmp_path)
    replayed = portable.replay(tmp_path, tmp_path / "there")
    assert check.differences(recorded, replayed) == []
    said = " ".join(recorded)
    for what in ("asked: POST /sync/v1", "asked: letter", "bundled: person", "edge", "headless"):
        assert what in said


def test_what_differs_is_named_and_what_is_on_one_side_alone(check):
    here = {"1": "a", "2": "b", "3": "c"}
    assert check.differences(here, {"1": "a", "2": "x", "4": "d"}) == ["2", "3", "4"]


def test_the_versions_are_those_of_the_lock(check):
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    found = check.pins(lock, check.COMPILED)
    assert set(found) == set(check.COMPILED)
    assert all(f"\n{name}=={version} " in lock for name, version in found.items())


def test_without_the_tools_it_says_what_to_install(check, monkeypatch, capsys):
    monkeypatch.setattr(check.shutil, "which", lambda _name: None)
    assert check.main() == 0
    assert "apt-get install mmdebstrap qemu-user-static" in capsys.readouterr().out
