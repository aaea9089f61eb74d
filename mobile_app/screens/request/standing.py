"""Where a request stands, as it is drawn: what is asked, the answer, its clock, its steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mobile_app.screens.request.asking import AskedPaper
from mobile_app.screens.request.clock_words import ClockWords, clock_words
from mobile_app.screens.request.following import Answer, Ask, Following
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.today.presenter import task_in_words
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    Card,
    Column,
    Facts,
    Heading,
    Icon,
    IconButton,
    Node,
    Row,
    Rows,
    Text,
    TimeBar,
    lead,
)
from mobile_app.ui.metrics import dp, sp
from mobile_app.ui.mirror import MirrorBox
from mobile_app.ui.theme import THEME

_MIDDLE = {"center_y": 0.5}


def draw(
    ui: Ui, presenter: RequestPresenter, following: Following, column: Column
) -> tuple[Any, ...]:
    """Add all of it to a column. Returns the acts that belong at the bottom, the main one last."""
    acts: tuple[Any, ...] = ()
    ask, answer = following.ask(), following.answer()
    if ask:
        acts = _asked(ui, presenter, ask, column)
    if answer:
        column.add(decided(answer, is_granted=following.now == "approved"))
    _to_tell(ui, presenter, column)
    words = clock_words(following)
    if words:
        column.add(_clock(words))
    elif following.is_filed:
        column.add(Text(ui.context.say("tablet.request.clock.none"), "small", "muted"))
    _steps(ui, following, column)
    if following.is_filed and not answer:
        column.add(_unlisted(ui, presenter))
    return acts


def _head(title: str, fact: str, tone: str, sign: str) -> MirrorBox:
    """Return a card's title in a state's colour, with its sign, and a fact at its end."""
    line = MirrorBox(size_hint_y=None, height=sp(THEME.line("heading")), spacing=dp(8))
    if sign:
        line.add_widget(Icon(sign, tone or "muted", 24))
    line.add_widget(Text(title, "heading", tone or "text", pos_hint=_MIDDLE, lines=1))
    if fact:
        line.add_widget(Text(fact, "small", "muted", hug=True, pos_hint=_MIDDLE))
    return line


def _to_tell(ui: Ui, presenter: RequestPresenter, column: Column) -> None:
    """Add what the applicant is to be told by this agent, as no message reaches them."""
    rows = Rows()
    for task in presenter.asking().tellings():
        title, due, _ = task_in_words(ui.context, task)
        way = partial(ui.go, "task", (task.record_id,))
        rows.add(Row(title, detail=due, lead=lead("message"), opens=True, done=way))
    if presenter.asking().tellings():
        column.add(rows)


def _asked(ui: Ui, presenter: RequestPresenter, ask: Ask, column: Column) -> tuple[Any, ...]:
    say, papers = ui.context.say, presenter.asking().papers(ask)
    title = ui.context.phrases.count("tablet.request.asked", len(papers))
    card = Card(tone="attention", padding=(16, 14), spacing=8)
    card.add_widget(_head(title, "", "attention", "alert-triangle"))
    if ask.fact:
        card.add_widget(Text(ask.fact, "small", "muted"))
    if ask.words:
        card.add_widget(Text(ask.words, own=True))
    column.add(card)
    rows = Rows()
    for paper in papers:
        rows.add(_asked_paper(ui, presenter, paper))
    if papers:
        column.add(rows)
    lacking = [one for one in papers if not (one.is_brought or one.is_claimed)]
    if not lacking:
        return ()
    given, take = (act(ui, presenter, lacking[0]) for act in (_given, _take))
    return (
        (say("tablet.request.asked.given"), given, "plain", "flag"),
        (say("tablet.request.page"), take, "main", "camera"),
    )


def _unlisted(ui: Ui, presenter: RequestPresenter) -> Rows:
    """Return the row by which a paper that is not on the list is told of, with one touch."""
    say, is_told = ui.context.say, presenter.asking().is_unlisted()

    def tell() -> None:
        if presenter.claim_unlisted():
            ui.tell(say("tablet.request.unlisted.told"))
        ui.show(keep_scroll=True)

    about = say("tablet.request.unlisted.told" if is_told else "tablet.request.unlisted.about")
    title = say("tablet.request.unlisted")
    done = None if is_told else tell
    return Rows(Row(title, detail=about, lead=lead("flag"), opens=not is_told, done=done))


def _asked_paper(ui: Ui, presenter: RequestPresenter, paper: AskedPaper) -> Row:
    say = ui.context.say
    if paper.is_brought:
        detail = say("tablet.request.asked.brought")
    else:
        detail = say(f"tablet.request.asked.{'told' if paper.is_claimed else 'lacking'}")
    if paper.why and not paper.is_brought:
        detail = ui.context.facts(paper.why, detail)
    sign = lead("check" if paper.is_brought else "circle-dashed")
    row = Row(paper.name, detail=detail, lead=sign)
    if not (paper.is_brought or paper.is_claimed):
        words = f"{say('tablet.request.asked.given')}: {paper.name}"
        row.add_widget(IconButton("flag", _given(ui, presenter, paper), words))
    words = f"{say('tablet.request.page')}: {paper.name}"
    row.add_widget(IconButton("camera", _take(ui, presenter, paper), words))
    return row


def _given(ui: Ui, presenter: RequestPresenter, paper: AskedPaper) -> Callable[[], None]:
    def tell() -> None:
        if presenter.claim_given(paper):
            ui.tell(ui.context.say("tablet.request.asked.told"))
        ui.show(keep_scroll=True)

    return tell


def _take(ui: Ui, presenter: RequestPresenter, paper: AskedPaper) -> Callable[[], None]:
    def took(photo: Any) -> None:
        presenter.add_page(paper.code, photo)
        ui.show()

    return lambda: ui.device.photograph(took)


def decided(answer: Answer, *, is_granted: bool) -> Card:
    """Return the card of a decision."""
    tone, sign = ("received", "circle-check") if is_granted else ("attention", "circle-x")
    card = Card(tone="" if is_granted else tone, padding=(16, 14), spacing=8)
    card.add_widget(_head(answer.title, "", tone, sign))
    if answer.reason:
        card.add_widget(Text(answer.reason, bold=True))
    if answer.words:
        card.add_widget(Text(answer.words, own=True))
    if answer.facts:
        card.add_widget(Facts(answer.facts))
    if answer.until:
        card.add_widget(Text(answer.until, "small", "muted"))
    return card


def _clock(words: ClockWords) -> Card:
    card = Card(padding=(16, 14), spacing=6)
    card.add_widget(_head(words.title, words.fact, words.tone, ""))
    parts = [(one.begins, one.ends, one.look) for one in words.stretches]
    card.add_widget(TimeBar(parts, words.today))
    ends = MirrorBox(size_hint_y=None, height=sp(THEME.line("small")), spacing=dp(8))
    ends.add_widget(Text(words.begins, "small", "muted", pos_hint=_MIDDLE, lines=1))
    ends.add_widget(Text(words.ends, "small", "muted", hug=True, pos_hint=_MIDDLE))
    card.add_widget(ends)
    for note in words.notes:
        card.add_widget(Text(note, "small"))
    return card


def _steps(ui: Ui, following: Following, column: Column) -> None:
    column.add(Heading(ui.context.say("tablet.request.steps")))
    steps, rows = following.rows(), Rows()
    for number, step in enumerate(steps):
        ends = {"is_first": number == 0, "is_last": number == len(steps) - 1}
        node = Node(step.stage, step.tone if step.stage == "done" else "border", **ends)
        rows.add_widget(Row(step.title, detail=step.detail, lead=node))
    column.add(rows)
