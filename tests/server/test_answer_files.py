"""Answers that come as a file: each row by the checks of the page, on either database."""

import re
from dataclasses import replace

import pytest

from server.accounts.sessions import Session
from server.accounts.standing import standings_of
from server.answer_files import commands
from server.answer_files.rows import Stage
from server.db.work import Author
from server.jobs.job import declared
from server.phrases import load_phrases
from server.web.asked import Asked
from server.web.reader import Reader
from sync.rules.codes import short_code
from tests.server.job_worker import runner_of
from tests.world import HOME

OFFICE = Author(None)
HEAD = "reference;decision;reason;words;amount;date\n"


def filed(world, agent, *, office="cam", receipt="", service="bank-account"):
    """A request that was passed on to an office. Returns its id."""

    def store(work):
        person = work.insert("person", {"name_fr": "Fadma", "commune_code": HOME}, OFFICE).record_id
        common = {"commune_code": HOME, "person_id": person}
        agreed = {"purpose": "share_bank", "recipient": office, "given": True}
        work.insert("consent", {**common, **agreed, "given_at": work.now_ms}, OFFICE)
        values = {"service": service, "state": "submitted", "submitted_at": work.now_ms}
        values |= {"receipt_number": receipt or None, "office": office}
        return work.insert("application", {**common, **values}, Author(agent)).record_id

    return world.database.write(store)


def reader_of(world, login):
    agent_id = world.agent(login)
    standing = world.database.read(
        lambda records: standings_of(records, [agent_id], now_ms=world.now)[agent_id]
    )
    session = Session(agent_id, "", "fr", "", standing)
    return Reader(session, "fr", load_phrases("fr"), "", Asked(), world.now)


@pytest.fixture
def office(world):
    world.user("one", HOME)
    world.user("banque", role="back_office", organisation="cam")
    world.user("banque2", role="back_office", organisation="cam")
    return reader_of(world, "banque")


def rows(world, file_id):
    """Return of each row of a file its number, stage and the code of what is wrong with it."""

    def read(records):
        return sorted(
            (row.number, str(stage), row.refusals[0][0] if row.refusals else "")
            for stage in Stage
            for row in commands.rows_of(records, file_id, stage, 100)
        )

    return world.database.read(read)


def bring(world, reader, *lines):
    reader = replace(reader, now_ms=world.now)
    return commands.bring(world.database, reader, (HEAD + "\n".join(lines)).encode())


def test_each_row_goes_through_the_checks_of_the_page(world, office):
    agent = world.agent("one")
    good, dated, twice, own, held, over = (filed(world, agent) for _ in range(6))
    family, early = filed(world, agent), filed(world, agent, receipt="R 77")
    foreign = filed(world, agent, office="other-bank")
    name = short_code
    world.change("application", held, holder_id=world.agent("banque2"))
    world.change("application", over, state="withdrawn")
    world.change("application", own, agent_id=world.agent("banque"))
    person = world.get("application", family)["person_id"]

    def declare(work):
        row = {"agent_id": office.session.agent_id, "record_id": person, "entity": "person"}
        work.connection.execute(
            work.tables.declared_interest.insert().values(**row, declared_at=work.now_ms)
        )

    world.database.write(declare)
    file_id = bring(
        world,
        office,
        f"{name(good)};Refuser;not_eligible;Compte déjà ouvert.;;",
        f"{name(dated).lower()};approved;;;;24/11/2026",
        f"{name(twice)};approved;;;;",
        f"{name(twice)};rejected;other;Non.;;",
        f"{name(own)};approved;;;;",
        f"{name(held)};approved;;;;",
        f"{name(over)};approved;;;;",
        f"{name(family)};approved;;;;",
        f"{name(foreign)};approved;;;;",
        "AAAA-AAAA;approved;;;;",
        "r 77;rejected;because;Non.;;",
        f"{name(good)};;;;;",
        ";;;;;x",
    )
    assert rows(world, file_id) == [
        (2, "ready", ""),
        (3, "ready", ""),
        (4, "wrong", "answer_row_twice"),
        (5, "wrong", "answer_row_twice"),
        (6, "wrong", "request_own"),
        (7, "wrong", "request_taken"),
        (8, "wrong", "already_decided"),
        (9, "wrong", "request_of_family"),
        (10, "wrong", "answer_reference_unknown"),
        (11, "wrong", "answer_reference_unknown"),
        (12, "wrong", "answer_reason_unknown"),
        (14, "wrong", "answer_decision_missing"),
    ]
    assert world.get("application", good)["state"] == "submitted"
    world.database.write(lambda work: commands.order(work, office, file_id))
    with pytest.raises(commands.FileNotReady):
        world.database.write(lambda work: commands.order(work, office, file_id))
    world.change("application", dated, state="withdrawn")
    runner_of(world.database, declared()).run_due()
    assert rows(world, file_id)[:2] == [(2, "done", ""), (3, "wrong", "already_decided")]
    answered = world.get("application", good)
    assert (answered["state"], answered["reason"]) == ("rejected", "not_eligible")
    assert answered["holder_id"] == office.session.agent_id
    assert world.get("application", early)["state"] == "submitted"


WRONG = (
    ("peut-être;;;;", "answer_decision_unknown"),
    ("rejected;;;;", "field_missing"),
    ("approved;other;;;", "answer_contradicts"),
    ("rejected;other;Non.;100;", "answer_contradicts"),
    ("approved;;;mille;", "number_wrong"),
    ("approved;;;;32/01/2026", "day_wrong"),
    ("approved;;;;24/11/2031", "answer_date_not_possible"),
    ("approved;;;;24/11/2001", "answer_date_not_possible"),
    ("referred;;" + "x" * 5_000 + ";;", "field_too_long"),
    ("approved;;;;;;x", "answer_row_wide"),
)


def test_a_wrong_cell_has_its_sentence(world, office):
    agent = world.agent("one")
    lines = [f"{short_code(filed(world, agent))};{cells}" for cells, _ in WRONG]
    file_id = bring(world, office, *lines)
    assert [code for _, _, code in rows(world, file_id)] == [code for _, code in WRONG]
    found = world.database.read(
        lambda records: commands.rows_of(records, file_id, Stage.WRONG, 100)
    )
    for phrases in map(load_phrases, ("fr", "ar")):
        for code, values in (one for row in found for one in row.refusals):
            sentence = phrases.sentence(code, values)
            assert not re.search(r"[\[{]", sentence), sentence


def test_what_changed_since_it_was_looked_at_is_left(world, office):
    request = filed(world, world.agent("one"))
    file_id = bring(world, office, f"{short_code(request)};approved;;;;")
    world.change("application", request, notes="a paper was added")
    world.database.write(lambda work: commands.order(work, office, file_id))
    runner_of(world.database, declared()).run_due()
    assert rows(world, file_id) == [(2, "wrong", "record_changed")]


def test_a_consent_withdrawn_meanwhile_closes_the_row(world, office):
    request = filed(world, world.agent("one"))
    file_id = bring(world, office, f"{short_code(request)};approved;;;;")
    world.database.write(lambda work: commands.order(work, office, file_id))
    (consent,) = world.database.read(lambda records: records.list("consent"))
    world.change("consent", consent.record_id, withdrawn_at=world.now)
    runner_of(world.database, declared()).run_due()
    assert rows(world, file_id) == [(2, "wrong", "answer_reference_unknown")]
    assert world.get("application", request)["state"] == "submitted"


def test_a_long_file_is_looked_at_by_a_job_and_files_are_forgotten(world, office, monkeypatch):
    monkeypatch.setattr(commands, "AT_ONCE", 1)
    asked = [filed(world, world.agent("one")) for _ in range(2)]
    file_id = bring(world, office, *(f"{short_code(one)};approved;;;;" for one in asked))
    assert {stage for _, stage, _ in rows(world, file_id)} == {"new"}
    with pytest.raises(commands.FileNotReady):
        world.database.write(lambda work: commands.order(work, office, file_id))
    runner_of(world.database, declared()).run_due()
    assert {stage for _, stage, _ in rows(world, file_id)} == {"ready"}
    world.now += commands.KEPT_MS + 1
    assert world.database.write(commands.forget) == 1
    assert rows(world, file_id) == []
