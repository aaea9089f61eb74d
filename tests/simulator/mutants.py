"""Faults put back in on purpose, one for each pitfall that can be said in a line.

A mutant rewrites a line of one function of the product while it is active. A line that is not there
any more is an error: the mutant must then be pointed at what took its place. Which one survives
shows an invariant that is missing.
"""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from mobile_app.exchange import runner
from mobile_app.store import acknowledging, apply, gathering, numbering, overlay, resolving
from mobile_app.store.records import Store
from server.accounts import incarnations, territories
from server.db import feed, terms
from server.exchange import (
    commands,
    contact,
    custody,
    decide,
    first,
    own,
    permission,
    pull,
    push,
    reply,
    routes,
    settle,
    view,
)
from sync import clock, exchange, merge
from tests.simulator.run import run
from tests.simulator.swarm import FAULTS

BUDGET = 2_000
_RESTORED = {
    **dict.fromkeys(FAULTS, 0.0),
    "setback": 0.15,
    "moves": 0.4,
    "territory": 0.15,
    "deletes": 0.15,
    "between": 0.15,
}
"""Servers restored, and little else: what is lost on the way hides what a restore does."""
_FULL = {"server_full": 0.4}
_DECIDED = {"decide": 0.4, "poison": 0.4, "deletes": 0.15}
_UNDECIDED = {**dict.fromkeys(FAULTS, 0.0), "setback": 0.4, "decide": 0.4, "poison": 0.4}
"""Servers restored to before what the office had settled."""
_OLDER = {"older": 0.4}
_BOUNDED = {"proxy": 0.6, "clone": 0.15, "drop_reply": 0.15}
"""A proxy that takes little, and what may have arrived all the same."""
_ACKNOWLEDGE = (
    'acknowledging.acknowledge(applying, reply, scope_ids, int.from_bytes(epoch[:4], "big"))'
)
_MISWRITTEN = ("NameError", "AttributeError", "TypeError", "UnboundLocalError", "IndexError")
_FLAGS = __future__.annotations.compiler_flag


@dataclass(frozen=True)
class Mutant:
    """A line of a function and what stands in its place.

    Args:
        owners: wherever the name is looked up.
        also: more lines of the function, with what stands in their place.
        faults: what its histories have, and how often, so that a rare meeting is not waited for.
    """

    owners: tuple[Any, ...]
    function: str
    line: str
    instead: str
    also: tuple[tuple[str, str], ...] = ()
    faults: Mapping[str, float] = field(default_factory=dict)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Put the fault in while this lasts."""
        original = getattr(self.owners[0], self.function)
        source = textwrap.dedent(inspect.getsource(original))
        for line, instead in ((self.line, self.instead), *self.also):
            assert line in source, f"{self.function}: no line {line!r}"
            source = source.replace(line, instead)
        made: dict[str, Any] = {}
        code = compile(source, "<mutant>", "exec", _FLAGS)
        exec(code, inspect.unwrap(original).__globals__, made)
        with ExitStack() as stack:
            for owner in self.owners:
                stack.enter_context(mock.patch.object(owner, self.function, made[self.function]))
            yield


class _Latest(Mutant):
    """The policy table holds the function itself."""

    @contextmanager
    def active(self) -> Iterator[None]:
        rules = {merge.Merge.LATEST: lambda _spec, _base, _now, new, _is_later: new}
        with mock.patch.dict(merge.RULES, rules):
            yield


MUTANTS: dict[str, Mutant] = {
    # Cursors and pages
    "one cursor for pages and fields": Mutant(
        (view,), "compare", "seen.applied.append(applied)", "seen.applied.append(page)"
    ),
    "cursor beyond the page": Mutant(
        (pull,),
        "_entries",
        "reached[place] = rows[left - 1].seq if len(rows) > left else head",
        "reached[place] = head",
    ),
    "said to be done with rows left": Mutant(
        (pull,), "_entries", "is_done = is_done and len(rows) <= left", "pass"
    ),
    "tombstones not sent": Mutant((pull,), "page", "elif seen.page[place] > 0 or", "elif 0 and"),
    "page not staged": Mutant(
        (runner._Round,),
        "_take",
        "stage.put(store, answer)",
        "reply.is_done and stage.put(store, answer)",
    ),
    # A first exchange in steps
    "the round of the day forgotten": Mutant(
        (first,), "rows_ahead", "if not seen.later or", "if True or"
    ),
    "what came ahead goes again": Mutant(
        (apply,), "apply", "*(scope_id for scope_id, _ in later)", ""
    ),
    "a step taken for the whole": Mutant(
        (runner,), "exchange", "if result.later_count:", "if False:"
    ),
    "a step that changes as it goes": Mutant((first,), "step", "if going:", "if False:"),
    "numbers of a snapshot that is not there": Mutant(
        (pull,), "_has_home", "return is_whole and not is_compared and", "return"
    ),
    # What comes back of one's own
    "acknowledgements only with a push": Mutant(
        (commands.Exchanges,),
        "_look",
        "return outcome, vector, reply.build(contact,",
        "from dataclasses import replace; contact = replace(contact, request=replace("
        "contact.request, acknowledged_seq=contact.line.last_seq));"
        " return outcome, vector, reply.build(contact,",
    ),
    "fields not taken are not sent back": Mutant(
        (own,), "acknowledged", "mine.back |= back", "pass"
    ),
    "acknowledged values not promoted": Mutant(
        (acknowledging,), "_settle", "change.values, record_id)", "{}, record_id)"
    ),
    "own record left out whole": Mutant((own,), "is_own", "return (", "return bool(own.seqs) or ("),
    "own insert without others' fields": Mutant(
        (pull._Rows,),
        "_row",
        "changed |= {number for number in record.writers if number != INSERT}",
        "pass",
    ),
    "acknowledgements over blocks": Mutant(
        (apply,),
        "_apply_reply",
        _ACKNOWLEDGE,
        "pass",
        (
            (
                "applying.result.received += len(touched)",
                _ACKNOWLEDGE,
            ),
        ),
    ),
    # Merging
    "the tablet always wins": Mutant(
        (merge,), "merge", "elif last.rev <= base_rev or", "elif True or"
    ),
    "the last to arrive wins": _Latest((), "", "", ""),
    "overwritten values forgotten": Mutant(
        (merge,), "merge", "merged.lost.append(Lost(name, now, last, OVERWRITTEN))", "pass"
    ),
    "losing values forgotten": Mutant(
        (merge,), "_settle", "merged.lost.append(Lost(spec.name, new, author, LOST))", "pass"
    ),
    "a delete wins over what it had not seen": Mutant(
        (custody.Custody,),
        "_deleted",
        "if unseen:",
        "if False:",
    ),
    # Custody
    "a change taken twice": Mutant(
        (push, commands),
        "take_chunk",
        "arrived = _arrived(work, device, [item.change_id for item in new])",
        "arrived = {}",
    ),
    "a group half taken": Mutant((custody.Custody,), "apply", "self.work.go_back(mark)", "pass"),
    "groups taken apart": Mutant(
        (push, commands),
        "take_chunk",
        "for group in canon.groups(changes)",
        "for group in [[one] for one in changes]",
    ),
    "a poison change turned away": Mutant(
        (custody.Custody,), "take", "except Refusal", "except OSError"
    ),
    "a held change not kept": Mutant(
        (custody.Custody,),
        "_hold",
        "content=content_of(self.work.entity_by_name, change)",
        'content=b""',
    ),
    "held work waits for ever": Mutant(
        (resolving,), "resolve", '.get(decided, "held")', '.get(decided, "pending")'
    ),
    "forgotten when sent": Mutant(
        (runner._Round,),
        "_send",
        "answer = self._line.send(body)",
        'self._store.db.execute("DELETE FROM outbox WHERE seq <= ?",'
        " (request.push.changes[-1].seq if request.push else 0,));"
        " answer = self._line.send(body)",
    ),
    "acknowledgement pointer not kept": Mutant(
        (apply,),
        "_save",
        "store.kept.acknowledged_seq = position.acknowledged_seq",
        "pass",
    ),
    "done before all is sent": Mutant(
        (exchange.Exchange,), "receive", "(is_all_sent or self.holds_back)", "True"
    ),
    "a replay taken": Mutant(
        (routes.Counters,),
        "require_new",
        "if back >= _WINDOW or (back >= 0 and seen >> back & 1):",
        "if False:",
    ),
    # Territory
    "communes taken away stay readable": Mutant(
        (territories.Territory,),
        "communes",
        "if grant.valid_to is None or grant.valid_to > now_ms",
        "if grant",
    ),
    "grants not checked": Mutant(
        (permission.Permission,), "require_write", "if self.is_overruled or", "if 1 or"
    ),
    "provinces not checked": Mutant(
        (permission.Permission,),
        "require_commune",
        "if not self.is_overruled and",
        "if 0 and",
    ),
    "the office's word taken": Mutant(
        (custody.Custody,), "_merged", "if not self.is_said_by_office:", "if False:"
    ),
    "a disabled account applied": Mutant(
        (custody.Custody,), "apply", "if self.is_disabled and", "if False and"
    ),
    "a disabled account served": Mutant((reply,), "build", "if contact.is_disabled:", "if False:"),
    "grace without end": Mutant((territories,), "_covers", "at.low <= ends + _GRACE_MS", "True"),
    "a neighbour's record not shared": Mutant(
        (custody.Custody,), "_inserted", "if name not in self.readable:", "if False:"
    ),
    "a reply goes on after its commune was taken": Mutant(
        (routes.SyncEndpoint,),
        "_has_lost",
        "return any(",
        "return False and any(",
        faults={"drop_reply": 0.4, "territory": 0.4, "between": 0.4},
    ),
    "lost scopes stay": Mutant(
        (exchange, apply, gathering),
        "advance",
        "dropped = {scope_ids[place] for place in reply.scopes.dropped}",
        "dropped = set()",
    ),
    "unsent work goes with its commune": Mutant(
        (apply,),
        "_drop_homeless",
        "AND outbox.entity = ? AND outbox.state != 'acknowledged')",
        "AND outbox.entity = ? AND 0)",
    ),
    # A server without room
    "a full disk said to be an answer": Mutant(
        (commands.Exchanges,),
        "_push",
        "outcome = self._take(device, request, push)",
        "outcome = Outcome.DONE\n"
        + " " * 4
        + "try:\n"
        + " " * 8
        + "outcome = self._take(device, request, push)\n"
        + " " * 4
        + "except Exception:\n"
        + " " * 8
        + "pass",
        faults=_FULL,
    ),
    # Decisions
    "an agent settles whatever is asked": Mutant(
        (permission.Permission,),
        "_settles",
        "and reviews.may_decide(review.values, agent_id, role_of)",
        "",
        faults=_DECIDED,
    ),
    "a question decided twice": Mutant(
        (decide,),
        "_require_open",
        'if review.values["state"] != "open":',
        "if False:",
        faults=_DECIDED,
    ),
    "a decision over what nobody saw": Mutant(
        (decide,), "_require_as_seen", "if written > seen_rev:", "if False:", faults=_DECIDED
    ),
    "what is held settled twice": Mutant(
        (settle,), "_open_row", 'if row.state != "open":', "if False:", faults=_DECIDED
    ),
    "a decision not seen on the tablet": Mutant(
        (resolving,),
        "resolve",
        "if (state, code_now) != (before, code):",
        "if False:",
        faults=_DECIDED,
    ),
    # Versions
    "an upgraded app does not read again": Mutant(
        (Store,),
        "_read_again_if_newer",
        "if known is not None and known < self.schema:",
        "if False:",
        faults=_OLDER,
    ),
    # Feed
    "no word when a record leaves": Mutant(
        (feed,),
        "write",
        "left = {scope_id for scope_id in item.left if scope_id in item.entries}",
        "left = set()",
    ),
    "row numbers used again": Mutant(
        (feed,), "_write_scope", "next_number - len(fresh)", "count + 1"
    ),
    "digest keeps what is gone": Mutant(
        (feed,),
        "_write_scope",
        "total = digest.replaced(total, old_hash, entry.hash)",
        "total = digest.replaced(total, old_hash if entry.op == PUT else 0, entry.hash)",
    ),
    "fields change without a number": Mutant(
        (feed,), "_renew", "entry.field_seqs.update(dict.fromkeys(item.changed, seq))", "pass"
    ),
    "terms of the first name only": Mutant(
        (terms,), "write", "if item.is_new or item.changed & numbers", "if item.is_new"
    ),
    "terms on the tablet added only": Mutant(
        (Store,),
        "_index",
        "self.index.remove(record_id)",
        "pass",
    ),
    # The tablet's file
    "applied bit by bit": Mutant((apply,), "apply", "with transaction(store.db):", "if True:"),
    "applied and still staged": Mutant(
        (apply,), "apply", 'store.db.execute("DELETE FROM stage")', "pass"
    ),
    "unsent work hidden by the server's": Mutant(
        (overlay,), "_rebased", "seen.update(change.values)", "pass"
    ),
    # Time
    "times without bounds": Mutant(
        (clock, custody), "effective", "ms=min(max(guess, low), received_ms)", "ms=guess"
    ),
    "the wall clock believed": Mutant(
        (clock, custody),
        "effective",
        "guess = received_ms - (sent.mono_ms - captured.mono_ms)",
        "guess = captured.wall_ms",
    ),
    "times run back": Mutant(
        (custody.Custody,), "_effective", "low_ms=self.last_effective_at", "low_ms=0"
    ),
    # Copies of tablets, restored servers
    "acknowledged without comparing": Mutant(
        (contact.Contact,), "position", "if request.sent is not None and", "if False and"
    ),
    "nothing sent, and nothing stated": Mutant(
        (exchange.Exchange,),
        "_due",
        "sent = (change.seq, self._outbox.chain_at(change.seq))",
        "pass",
        faults=_BOUNDED,
    ),
    "what is too large is never tried again": Mutant(
        (runner,),
        "exchange",
        "is_bold = holds_back",
        "is_bold = holds_back = False",
        faults=_BOUNDED,
    ),
    "a restored server is given nothing again": Mutant(
        (numbering,), "go_back_to", "store.kept.acknowledged_seq = last_seq", "pass"
    ),
    "forgotten before a backup holds it": Mutant(
        (incarnations,),
        "stable_seq",
        "return int(records.connection.scalar(_last_until(table), which) or 0)",
        "return int(line.last_seq)",
    ),
    "a record given again keeps what was lost": Mutant(
        (acknowledging,),
        "_settle",
        'is_whole = change.op is Op.INSERT and before == "acknowledged"',
        "is_whole = False",
    ),
    "lost as the epoch changes, not compared": Mutant(
        (exchange,), "_still_doubtful", "if reply.epoch:", "if False:"
    ),
    "named by a number of another line of history": Mutant(
        (pull._Rows,), "_row", " or place in self.seen.reconcile", "", faults=_RESTORED
    ),
    "held again beneath what comes after it": Mutant(
        (acknowledging,), "_hold_again", "applying.based.add(record_id)", "pass", faults=_RESTORED
    ),
    "held again and shown nowhere": Mutant(
        (acknowledging,),
        "_hold_again",
        "applying.store.show(declared, record_id, dict(change.values))",
        "pass",
        faults=_RESTORED,
    ),
    "open again over nothing": Mutant(
        (overlay,),
        "show_again",
        "store.bases.keep(declared, record_id, kept.rev, kept.values)",
        "pass",
        faults=_UNDECIDED,
    ),
}


@dataclass
class Kill:
    """How long a mutant lived.

    Args:
        seed: which found it; None when it survived its budget.
        doubt: why that says nothing about the engine; empty for a true kill.
    """

    name: str
    tried: int
    seed: int | None
    violation: str = ""
    doubt: str = ""


def hunt(name: str, start: int = 0, budget: int = BUDGET) -> Kill:
    """Run seeds with a mutant until one finds it, then that seed without: it must be clean."""
    mutant = MUTANTS[name]
    with mutant.active():
        for tried in range(1, budget + 1):
            outcome = run(start + tried - 1, faults=mutant.faults)
            if outcome.violation:
                break
        else:
            return Kill(name, budget, None)
    doubt = ""
    if any(outcome.violation.startswith(f"nothing breaks: {one}:") for one in _MISWRITTEN):
        doubt = "the mutant is not what it should be"
    elif run(outcome.seed, faults=mutant.faults).violation:
        doubt = "found without the mutant too"
    return Kill(name, tried, outcome.seed, outcome.violation, doubt)
