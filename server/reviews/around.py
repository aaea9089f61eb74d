"""What stands about one thing to decide: its place in its list, the ones before, after and next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.reviews.list import URL
from server.reviews.queries import Around
from server.web.reader import Reader

QUEUE_ROWS = 6
"""Rows of the list that are shown beside one thing, itself the first."""


def around_of(
    reader: Reader,
    around: Around,
    folder: str,
    query: str,
    queue: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return what a page shows of its list.

    Args:
        folder: of the addresses of its like.
        query: what the address says of the list.
        queue: rows, the first that of the page itself.
    """
    more = f"?{query}" if query else ""
    back = f"{URL}?{query}" if query else URL
    return {
        "around": around,
        "before_url": f"{URL}{folder}/{around.before}{more}" if around.before else "",
        "after_url": f"{URL}{folder}/{around.after}{more}" if around.after else "",
        "list_url": back,
        "queue": queue,
        "keys": [
            ("J", reader.phrases.say("desk.around.after")),
            ("K", reader.phrases.say("desk.around.before")),
        ],
    }


def next_of(
    around: Around, first: Sequence[Mapping[str, Any]], folder: str, query: str
) -> tuple[str, str]:
    """Return where a decision leads to, path and query: the next, else the first, else the list.

    Args:
        first: the first row of the list, if there is one.
        query: what the address says of the list.
    """
    if around.after:
        return f"{URL}{folder}/{around.after}", query
    if first:
        return first[0]["url"].partition("?")[0], query
    return URL, query
