"""What people choose from stands in one order, whatever a query found first."""

from itertools import permutations

import pytest

from server.web.order import by_name


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_those_of_the_same_name_keep_their_order(language):
    named = [(b"2", "Fatima"), (b"1", "Fatima"), (b"3", "Ali")]

    orders = {tuple(by_name(language, dict(found))) for found in permutations(named)}

    assert orders == {((b"3", "Ali"), (b"1", "Fatima"), (b"2", "Fatima"))}
