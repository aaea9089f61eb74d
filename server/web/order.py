"""What people choose from, in the order in which they look it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sync.rules.collation import order_of

K = TypeVar("K", bytes, str)


def by_name(language: str, named: Mapping[K, str]) -> list[tuple[K, str]]:
    """Return what has names, each with its own, in the order of a language.

    Of the same name the lower key comes first: a menu stays as it was whatever a query found first.
    """
    order = order_of(language)
    return sorted(named.items(), key=lambda one: (order(one[1]), one[0]))
