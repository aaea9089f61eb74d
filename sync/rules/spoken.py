"""Which recording of a service is heard beside an edition: one that says the same words.

An edition whose fee or delay changes keeps its recordings; one that is described otherwise is
silent until it is recorded anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sync.rules.editions import Catalogue, Edition, Names
from sync.spec import Values

Key = TypeVar("Key")
SPOKEN = ("ary", "shi", "rif", "tzm", "mey")
"""The languages that services are said in, as they are shown."""
PROPOSED, PUBLISHED, WITHDRAWN = "proposed", "published", "withdrawn"
"""What became of a recording."""


def says_the_same(one: Edition, other: Edition) -> bool:
    """Whether two editions have one name and description, in the languages that both have."""
    pairs = ((one.names, other.names), (one.about, other.about))
    return all(_agree(first, second) for first, second in pairs)


def heard(
    edition: Edition,
    catalogue: Catalogue,
    recordings: Iterable[tuple[Key, Values]],
    states: Iterable[str] = (PUBLISHED,),
) -> Mapping[str, Key]:
    """Return the newest recording of each spoken language that says what an edition does.

    Args:
        recordings: whatever names them, and their values, the newest first.
        states: of those that count.

    Returns:
        By language, in the order of `SPOKEN`.
    """
    known, counted = catalogue.known(edition.code), frozenset(states)
    found: dict[str, Key] = {}
    for key, values in recordings:
        said, language = known.get(int(str(values["number"]))), str(values["language"])
        is_of_it = values["service"] == edition.code and values["state"] in counted
        if is_of_it and said is not None and says_the_same(said, edition):
            found.setdefault(language, key)
    return {language: found[language] for language in SPOKEN if language in found}


def _agree(one: Names, other: Names) -> bool:
    return all(one[language] == other[language] for language in one.keys() & other.keys())
