"""What is known of someone, what is open, and what happened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mobile_app.screens.parts import voice
from mobile_app.screens.parts.fold import folded, unfolder
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Facts,
    Heading,
    Page,
    Row,
    Rows,
    Stack,
    Text,
    history_rows,
    lead,
)

_HISTORY_SHOWN = 6
_CHANGES_SHOWN = 12
_CHANGES = "changes"
_SIGN = {"digital-id": "id-badge-2", "bank-account": "building-bank", "crop-insurance": "umbrella",
         "training": "school", "credit": "cash", "m-wallet": "wallet"}  # fmt: skip


def build(ui: Ui, presenter: PersonPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    presenter.refresh()
    say = ui.context.say
    column = Column()
    words = Stack(Text(presenter.title, "display"), spacing=0)
    if presenter.subtitle():
        words.add_widget(Text(presenter.subtitle(), "heading", "muted", bold=False))
    column.add(words)
    where = (presenter.entity, presenter.record_id)
    if presenter.is_merged:
        column.add(Banner(say("tablet.person.merged", name=presenter.title), "reviewed"))
    if presenter.has_draft():
        column.add(
            Banner(say("tablet.person.draft"), "ontablet", done=lambda: ui.go("visit", where))
        )
    column.add(Card(Facts(presenter.facts())))
    voice.tell(ui, column, presenter.spoken)
    _planned(ui, presenter, column)
    _tasks(ui, presenter, column)
    _requests(ui, presenter, column)
    _maturity(ui, presenter, column)
    _holdings(ui, presenter, column)
    if presenter.entity == "enterprise":
        _offers(ui, presenter, column)
    consents = presenter.consents()
    speaker = partial(ui.go, "form", ("task", b"", presenter.new_speaker()))
    column.add(
        Heading(say("tablet.person.consents"), link=(say("tablet.person.speaker.add"), speaker))
    )
    if consents:
        rows = (
            Row(words, detail=answer, lead=lead("check" if given else "x"))
            for words, given, answer in consents
        )
        column.add(Rows(*rows))
    else:
        column.add(Text(say("tablet.person.no_consent"), color="muted"))
    _history(ui, presenter, column)
    _changes(ui, presenter, column)
    acts = [(say("tablet.person.visit"), lambda: ui.go("visit", where), "main", "player-play")]
    if presenter.phone:
        acts.append((say("tablet.call"), lambda: ui.device.call(presenter.phone), "plain", "phone"))
    signs = (
        ("calendar-event", say("tablet.plan"), lambda: ui.records.plan(where)),
        ("edit", say("tablet.correct"), lambda: ui.go("form", where)),
    )
    return Page(
        column,
        presenter.kind(),
        signs=signs,
        acts=tuple(acts),
        note="",
        other=say("tablet.code", code=presenter.code),
    )


def _requests(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say, where = ui.context.say, (presenter.entity, presenter.record_id)
    begin = (say("tablet.person.request.open"), lambda: ui.go("request", where))
    column.add(Heading(say("tablet.person.requests"), link=begin))
    rows = [
        Row(
            name,
            detail=progress,
            lead=lead("file-text"),
            state=state,
            word=word,
            done=partial(ui.go, "request", (*where, record_id)),
            opens=not state,
        )
        for record_id, name, progress, state, word in presenter.requests()
    ]
    column.add(Rows(*rows) if rows else Text(say("tablet.person.no_requests"), color="muted"))


def _maturity(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    """How far they have come and what was agreed, in view until the next assessment."""
    found = presenter.maturity()
    if found is None:
        return
    level, results, plan = found
    column.add(Heading(ui.context.say("maturity.plan"), level))
    if plan:
        column.add(Rows(*(Row(action, lead=lead("arrow-right")) for action in plan)))
    column.add(Card(Facts([("gauge", words, label) for label, words in results])))


def _holdings(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say = ui.context.say

    def add() -> None:
        ui.go("form", ("holding", b"", presenter.new_holding()))

    column.add(Heading(say("tablet.person.holdings"), link=(say("tablet.person.holding.add"), add)))
    rows = _forms(ui, "holding", "plant", presenter.holdings())
    column.add(rows or Text(say("tablet.person.no_holdings"), color="muted"))


def _offers(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say = ui.context.say

    def add() -> None:
        ui.go("form", ("offer", b"", presenter.new_offer()))

    column.add(Heading(say("tablet.person.offers"), link=(say("tablet.person.offer.add"), add)))
    rows = _forms(ui, "offer", "basket", presenter.offers())
    column.add(rows or Text(say("tablet.person.no_offers"), color="muted"))
    column.add(Text(say("tablet.person.offer.shown_by"), "small", "muted"))


def _forms(ui: Ui, entity: str, icon: str, found: list[tuple[bytes, str, str]]) -> Rows | None:
    """What somebody has of a kind, each line leading to its form; None: nothing."""
    rows = [
        Row(
            title,
            detail=detail,
            lead=lead(icon),
            opens=True,
            done=partial(ui.go, "form", (entity, record_id)),
        )
        for record_id, title, detail in found
    ]
    return Rows(*rows) if rows else None


def _history(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say = ui.context.say
    column.add(Heading(say("tablet.person.history")))
    history, earlier_count = folded(presenter, "history", presenter.history(), _HISTORY_SHOWN)
    if not history:
        column.add(Text(say("tablet.person.no_visits"), color="muted"))
        return
    entries = [
        (kind, outcome, when, state, word, partial(ui.go, "slip", (visit_id,)))
        for visit_id, kind, outcome, when, state, word in history
    ]
    rows = Rows(*history_rows(entries))
    if earlier_count:
        rows.add(unfolder(ui, presenter, "history", earlier_count))
    column.add(rows)


def _planned(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say = ui.context.say
    rows = Rows()
    for visit_id, words, is_late in presenter.planned():
        begun = (presenter.entity, presenter.record_id, visit_id)
        rows.add(
            Row(
                say("tablet.person.planned"),
                detail=words,
                lead=lead("calendar-event"),
                state="attention" if is_late else "",
                word=say("tablet.due.late") if is_late else "",
                done=lambda begun=begun: ui.go("visit", begun),
                opens=not is_late,
            )
        )
    if rows.children:
        column.add(rows)


def _tasks(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    say = ui.context.say
    tasks = presenter.tasks()
    if not tasks:
        return
    column.add(Heading(say("tablet.person.tasks")))
    rows = Rows()
    for task_id, title, when, is_late, notes in tasks:
        state, word = ("attention", say("tablet.due.late")) if is_late else ("", "")
        opened = partial(ui.go, *presenter.task_way(task_id))
        rows.add(Row(title, detail=when, state=state, word=word, done=opened))
        if notes:
            rows.add_widget(Stack(Text(notes, "small", own=True), padding=(14, 0, 14, 10)))
    column.add(rows)


def _changes(ui: Ui, presenter: PersonPresenter, column: Column) -> None:
    """Who changed what: one row, until somebody asks."""
    say, changes = ui.context.say, presenter.changes

    def ask() -> None:
        presenter.unfolded.add(_CHANGES)
        changes.prepare()
        ui.beside(changes.run, lambda: ui.redraw(presenter))
        ui.show(keep_scroll=True)

    if _CHANGES not in presenter.unfolded:
        about = say("tablet.changes.about")
        row = Row(say("tablet.changes"), detail=about, lead=lead("clock"), opens=True, done=ask)
        column.add(Rows(row))
        return
    column.add(Heading(say("tablet.changes")))
    if changes.is_running:
        column.add(Text(say("tablet.changes.asking"), color="muted"))
        return
    if changes.problem:
        column.add(Banner(changes.problem))
        column.add(ActButton(say("tablet.changes.again"), ask, "plain", "refresh"))
    rows, earlier_count = folded(presenter, "earlier changes", changes.rows(), _CHANGES_SHOWN)
    if rows:
        listed = Rows()
        for change in rows:
            listed.add(_change(say, change))
        if earlier_count:
            listed.add(unfolder(ui, presenter, "earlier changes", earlier_count))
        column.add(listed)
    elif not changes.problem:
        column.add(Text(say("tablet.changes.none"), color="muted"))


def _change(say: Callable[..., str], edit: Any) -> Row:
    return Stack(
        Text(edit.what, bold=True),
        Text(say("tablet.changes.before", value=edit.before)),
        Text(say("tablet.changes.after", value=edit.after)),
        Text(edit.how, "small", "muted"),
        spacing=2,
        padding=(14, 10),
    )
