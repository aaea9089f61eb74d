"""What any version ever sent still says the same. `messages.py` tells how a folder is added."""

import json

import pytest

from sync import versions
from tests.wire.messages import FOLDER, encoded, said

FIXTURES = sorted(FOLDER.glob("v*/*.bin"))


def covers(kept, found):
    """Whether everything that was said is said; a later version may say more."""
    if isinstance(kept, dict):
        return set(kept) <= set(found) and all(
            covers(one, found[name]) for name, one in kept.items()
        )
    if isinstance(kept, list):
        return len(kept) == len(found) and all(map(covers, kept, found))
    return kept == found


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_message_of_any_version_still_says_the_same(path):
    kept = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert covers(kept, said(path.stem, path.read_bytes()))


def test_the_present_version_has_fixtures_of_every_message():
    newest = max(versions.PROTOCOL_NOW, versions.SCHEMA_NOW)
    folder = FOLDER / f"v{newest}"
    assert folder.is_dir(), f"run `python -m tests.wire.messages v{newest}`"
    assert {path.stem for path in folder.glob("*.bin")} >= set(encoded())


def test_what_is_sent_now_says_what_was_meant():
    for name, body in encoded().items():
        kept = min(FOLDER.glob(f"v*/{name}.json"))
        assert covers(json.loads(kept.read_text(encoding="utf-8")), said(name, body)), name
