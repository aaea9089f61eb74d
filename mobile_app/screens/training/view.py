"""Training sessions, and who was there."""

from __future__ import annotations

from functools import partial
from typing import Any

from mobile_app.screens.parts import voice
from mobile_app.screens.parts.seek import seek
from mobile_app.screens.training.presenter import TrainingPresenter, TrainingsPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    Column,
    Empty,
    Heading,
    IconButton,
    Page,
    Row,
    Rows,
    Stack,
    Text,
    lead,
)

_FOUND_MAX = 6


def build(ui: Ui, presenter: TrainingsPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    rows = presenter.rows()

    def add() -> None:
        given = {"state": "planned", "starts_at": ui.context.now_ms()}
        ui.go("form", ("training_session", b"", given))

    if not rows:
        act = (say("tablet.training.new"), add, "school")
        column.add(Empty(say("tablet.training.none"), say("tablet.training.none.todo"), act))
        return Page(column, say("tablet.more.trainings"))
    column.add(
        Rows(
            *(
                Row(
                    title,
                    detail=detail,
                    lead=lead("school"),
                    end=state,
                    opens=True,
                    done=lambda rid=record_id: ui.go("training", ("training_session", rid)),
                )
                for record_id, title, detail, state in rows
            )
        )
    )
    acts = ((say("tablet.training.new"), add, "main", "plus"),)
    return Page(column, say("tablet.more.trainings"), acts=acts)


def build_session(ui: Ui, presenter: TrainingPresenter) -> Page:
    """Draw one training session: its facts, and who is present."""
    presenter.refresh()
    say = ui.context.say
    column = Column()
    column.add(
        Stack(
            Text(presenter.title, "display"),
            Text(presenter.detail, "body", "muted"),
            spacing=0,
        )
    )

    voice.tell(ui, column, presenter.spoken)

    def add(_entity: str, person_id: bytes) -> None:
        presenter.add(person_id)
        ui.typed["training"] = ""
        ui.show()

    hint = say("tablet.training.add")
    seek(
        ui, column, "training", presenter.search, add, hint=hint, most=_FOUND_MAX,
        signs={"person": "user-plus"},
    )  # fmt: skip
    people = presenter.people()
    count = ui.context.phrases.count("tablet.training.present", presenter.present_count())
    column.add(Heading(say("tablet.training.people"), count))
    if not people:
        column.add(Text(say("tablet.training.nobody"), color="muted"))
    else:
        rows = Rows()
        for attendee in people:
            other = "absent" if attendee.state == "present" else "present"

            def mark(attendee: Any = attendee, other: str = other) -> None:
                presenter.mark(attendee.attendance_id, other)
                ui.show(keep_scroll=True)

            row = Row(
                attendee.title,
                attendee.other,
                attendee.scores,
                lead=lead("user"),
                end=attendee.word,
                done=partial(ui.go, "form", ("attendance", attendee.attendance_id)),
            )
            sign = "x" if attendee.state == "present" else "check"
            name = ui.context.choice("attendance", "state", other)
            row.add_widget(IconButton(sign, mark, f"{name}: {attendee.title}"))
            rows.add(row)
        column.add(rows)

    def confirm() -> None:
        presenter.confirm()
        ui.show()

    has_taken_place = presenter.session.values["state"] == "held"
    acts = () if has_taken_place else ((say("tablet.training.hold"), confirm, "main", "check"),)
    return Page(column, say("desk.entity.training_session"), acts=acts)
