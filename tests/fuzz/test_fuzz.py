"""The corpus again, and five seconds of new inputs; `make fuzz SECONDS=60 SEED=1` for more."""

from __future__ import annotations

import pytest

from tests.fuzz.fuzz import CORPUS, Fuzzer, feed, stored
from tests.fuzz.messages import TARGETS, seeds

SEED, SECONDS = 1, 5


def test_every_valid_message_is_understood():
    for target, data in seeds():
        _, finding, is_understood = feed(target, data)
        assert (finding, is_understood) == (None, True), target


@pytest.mark.slow
def test_no_input_of_the_corpus_does_more_than_be_refused():
    for target, data in stored():
        assert feed(target, data)[1] is None


@pytest.mark.slow
def test_no_new_input_does_more_than_be_refused():
    fuzzer = Fuzzer(SEED)
    known = fuzzer.count
    fuzzer.run(SECONDS)

    assert fuzzer.findings == {}
    assert fuzzer.count > known


def test_the_corpus_stays_small():
    files = [path for path in CORPUS.glob("*/*") if path.is_file()]
    assert {path.parent.name for path in files} <= set(TARGETS)
    assert len(files) <= 200
    assert sum(path.stat().st_size for path in files) <= 200_000
