"""What a place of a query is met by, of all that it may mean or of its own word alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.rules import search as rules
from sync.rules.lexicon import PARTICLES


def begun(query: rules.Query, place: int) -> dict[str, float]:
    """Return what a term may begin with to meet a place of a query, and what that weighs."""
    found: dict[str, float] = {}
    for token in query.tokens:
        for way in token.ways if token.covers(place) else ():
            if way.beginning:
                found[way.term] = max(found.get(way.term, 0.0), way.beginning)
    return found


def whole(query: rules.Query, place: int, slips: Mapping[str, Iterable[str]]) -> dict[str, float]:
    """Return the terms to be met whole at one place of a query, and what each weighs."""
    found: dict[str, float] = {}
    for token in query.tokens:
        if token.covers(place):
            terms = [(way.term, way.same) for way in token.ways]
            terms += [(other, rules.OTHER_WEIGHT) for other in token.others]
            terms += [
                (slip, rules.SLIP_WEIGHT) for typed in token.typed for slip in slips.get(typed, ())
            ]
            for name, weight in terms:
                for term, share in (
                    (name, weight),
                    (name + rules.BESIDE, weight * rules.BESIDE_WEIGHT),
                ):
                    found[term] = max(found.get(term, 0.0), share)
    return found


def telling(query: rules.Query) -> list[int]:
    """Return the places of two words at least that tell more than Aït or Ben, or all wanted."""
    found = [place for place in sorted(query.wanted) if query.words[place] not in PARTICLES]
    return found if len(found) > 1 else sorted(query.wanted)


def own(query: rules.Query, place: int, *, is_exact: bool) -> tuple[list[str], list[str]]:
    """Return what a word is met by itself, or as it sounds; and, of the last one, what it begins.

    Args:
        is_exact: by itself alone.
    """
    tokens = (token for token in query.tokens if token.first == token.last == place)
    ways = [way for token in tokens for way in token.ways]
    itself = [way.term for way in ways if way.is_exact and way.beginning]
    # Who has a word has its sound and what it means: the word itself would find the same again.
    meant = [way.term for way in ways if way.same and way.term not in itself]
    is_last = place == len(query.words) - 1
    begun = [term for term in itself if is_last and len(term) >= rules.BEGUN_LEAST]
    return itself if is_exact or not meant else meant, begun
