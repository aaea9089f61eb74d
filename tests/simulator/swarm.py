"""Which faults a run has, and how small its pages and pushes are: each seed its own swarm."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import mock

from mobile_app.exchange import runner
from mobile_app.store import apply
from server.exchange import commands, first, pull, snapshots
from sync import limits
from tests.simulator import oracle

FAULTS = (
    "drop_request", "drop_reply", "replay", "again", "flip", "cut", "kill", "crash", "restart",
    "jump", "reboot", "territory", "moves", "deletes", "poison", "full", "forge", "between",
    "epoch", "months", "snapshots", "rollback", "clone", "setback", "server_full", "decide",
    "older", "disable", "proxy", "merges",
)  # fmt: skip


@dataclass
class Swarm:
    """Which faults a run has, how often, and how small its pages and pushes are."""

    rates: dict[str, float]
    rows_max: int
    changes_max: int
    chunk_max: int
    in_doubt_bytes: int
    bytes_max: int
    body_bytes_max: int
    first_bytes: int

    @classmethod
    def draw(cls, rng: random.Random, faults: Mapping[str, float]) -> Swarm:
        """Return a random one, but for the faults given."""
        rates = {
            name: rng.choice((0.05, 0.15, 0.4)) if rng.random() < 0.4 else 0.0 for name in FAULTS
        } | dict(faults)
        if rates["setback"]:  # what neither a server nor a tablet has any more, nobody can bring
            rates["rollback"] = rates["clone"] = 0.0
        is_small = rng.random() < 0.6
        return cls(
            rates,
            rows_max=rng.randint(1, 5) if is_small else 4_000,
            changes_max=rng.choice((3, 5, 512)),
            chunk_max=rng.choice((1, 3, 64)),
            in_doubt_bytes=rng.choice((1, 60, 1_024)),
            bytes_max=rng.choice((1, limits.PAGE_BYTES)),
            body_bytes_max=rng.choice((120, 250, 500)),
            first_bytes=rng.choice((1, 500, first.FIRST_BYTES)),
        )

    @contextmanager
    def limits(self):
        """Make pages, pushes and chunks as small as this run wants them."""
        page = pull.page

        def small_page(*arguments: Any, **named: Any) -> Any:
            named["rows_max"] = min(named["rows_max"], self.rows_max)
            return page(*arguments, **named)

        with ExitStack() as stack:
            for target, name, value in (
                (pull, "page", small_page),
                (apply, "apply", apply.apply if self.rates["disable"] else _watched(apply.apply)),
                (commands, "limits", _Limits(self.chunk_max)),
                (runner, "Exchange", partial(runner.Exchange, changes_max=self.changes_max)),
                (runner, "_IN_DOUBT_BYTES", self.in_doubt_bytes),
                (snapshots, "ROWS_LEAST", 3),
                (first, "FIRST_BYTES", self.first_bytes),
                (limits, "REPLY_KEPT_BYTES", 20),
                (limits, "REQUEST_BYTES_LEAST", 100),
            ):
                stack.enter_context(mock.patch.object(target, name, value))
            yield


def _watched(applied: Any) -> Any:
    """Apply, and let no difference be repaired in silence: repairs hide what made them needful.

    A disabled account's receipt may leave a tablet between two states: then there is one to repair.
    """

    def watch(store: Any) -> Any:
        ahead = oracle.rows_ahead(store)
        result = applied(store)
        oracle.require(not result.is_in_doubt, "digests never alarm", "after an exchange")
        missing = {one for one in ahead if store.find(*one) is None}
        oracle.require(not missing, "what came ahead of its scope is seen", missing)
        return result

    return watch


class _Limits:
    """The bounds as the server's commands see them, but for the size of a chunk."""

    def __init__(self, chunk_max: int) -> None:
        self.CHANGES_PER_GROUP_MAX = chunk_max

    def __getattr__(self, name: str) -> Any:
        return getattr(limits, name)
