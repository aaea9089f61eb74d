"""A short soak in every run of the suite; `make soak SECONDS=30` for a long one."""

from __future__ import annotations

import pytest

from tests.databases import empty_database
from tests.server.soak import soak, soak_sequence

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


ROUNDS = 150
"""Transactions, and pages; a plain sequence skips a row in fewer."""


def test_no_reader_skips_a_row_under_load(postgres_url):
    with empty_database(postgres_url) as url:
        *_, found = soak(url, lambda written, pages: min(written, pages) >= ROUNDS, seed=1)

    assert found == []


def test_the_same_load_makes_a_plain_sequence_skip(postgres_url):
    with empty_database(postgres_url) as url:
        _, skipped = soak_sequence(url, lambda skipped: skipped > 0)

    assert skipped > 0
