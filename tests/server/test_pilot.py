"""The pilot's data: what the demo promises is there, and goes on being made when lists grow."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest
import sqlalchemy as sa
from PIL import Image

from mobile_app.screens.consent import TEXT_VERSION
from server.accounts import commands
from server.accounts.sessions import Session
from server.accounts.standing import standing_of
from server.app import open_database
from server.check import check
from server.db.schema import migrate
from server.db.work import Database
from server.media.store import BlobFiles
from server.offices.queries import queue_page
from server.phrases import load_phrases
from server.pilot import people, pilot, visits, words
from server.pilot.generate import generate
from server.pilot.living import enliven
from server.pilot.scenes import Scenes
from server.pilot.stage import Clock, Stage, Tablet
from server.pilot.team import CONSENT_TEXT, Team
from server.reference.load import load
from server.reviews.queries import fields_asked, reasons_held
from server.settings import Settings
from server.tablets.causes import Cause
from server.tablets.queries import list_tablets
from server.web.asked import Asked
from server.web.reader import Reader
from server.web.waiting import counted
from sync import local_time, scopes
from sync.entities.enterprise import LEGAL_FORMS
from sync.entities.person import PERSON
from sync.entities.visit import OUTCOMES, VISIT
from sync.rules import flags
from sync.versions import APP_BUILD


@pytest.mark.parametrize(
    ("choices", "weights"),
    [(OUTCOMES, visits.OUTCOME_WEIGHTS), (LEGAL_FORMS, people.FORM_WEIGHTS)],
)
def test_a_choice_that_came_later_is_not_invented(choices, weights):
    def many(of):
        rng = random.Random(1)
        return [pilot.weighed(rng, of, weights) for _ in range(500)]

    assert many(choices) == many((*choices, "later"))
    assert set(many(choices)) <= set(choices)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_is_invented_has_words(language):
    said = load_phrases(language).message
    for code, _arabic, _french in words.PRODUCTS:
        assert said(f"enterprise.value_chains.{code}"), code
    for code in PERSON.field_by_name["service_language"].choices:
        name = said(f"contact_point.languages.{code}")
        assert name == said(f"person.service_language.{code}"), code


# The living part, as it is planned: no tablet is started


class Told(Stage):
    """A stage on which nothing is played: what is to be written, and when."""

    __slots__ = ("written",)

    def tablet(self, agent, at, build=""):
        self.plan(at, lambda: None)
        return Tablet.__new__(Tablet)

    def put(self, tablet, at, entity, values, *, pieces=(), record_id=b""):
        self.written += [(at, entity, values), *((at, one.entity, one.values) for one in pieces)]
        return super().put(tablet, at, entity, values, pieces=pieces, record_id=record_id)


@pytest.fixture
def planned(furnished_file, tmp_path_factory, monkeypatch):
    """Return all that the living part would write: moment, entity, values without references.

    Pictures are drawn and not packed, which takes longer than all the rest: bytes are left out.
    """

    def packed(_image, file, *_form, **_how):
        file.write(b"a picture")

    monkeypatch.setattr(Image.Image, "save", packed)
    return partial(plan, furnished_file, tmp_path_factory)


def plan(furnished_file, folders, now_ms, seed=1):
    folder = folders.mktemp("planned")
    settings = Settings(f"sqlite:///{shutil.copy(furnished_file, folder / 'nuqta.db')}", folder)
    opened = open_database(settings)
    database = Database(opened.engines, opened.tables, clock=lambda: now_ms, ids=opened.ids)
    found = []

    def tell_only(made):
        stage = Told(made, database, "", Clock(now_ms), folder, random.Random(seed), ExitStack())
        stage.written = found
        Scenes(Team(stage)).plan()
        assert all(at <= now_ms for at, *_ in stage._agenda), "nothing is done in days to come"
        return {}

    amounts = {"farmer_count": 1_500, "visit_count": 0}
    generate(database, seed=seed, **amounts, tell=lambda *_: None, enliven=tell_only)
    database.engines.close()
    return [
        (at, entity, {name: one for name, one in values.items() if not isinstance(one, bytes)})
        for at, entity, values in found
    ]


NOON = 1_795_950_000_000  # a Sunday


def test_the_same_seed_and_moment_make_the_same_work(planned):
    first, second, other = (planned(NOON, seed) for seed in (1, 1, 2))
    assert len(first) > 1_000
    assert first == second
    assert first != other


@pytest.mark.parametrize("hours", [18, 33, 100])
def test_whenever_it_is_made_nothing_is_done_in_days_to_come(planned, hours):
    assert len(planned(NOON + hours * 3_600_000)) > 1_000


# The living part: a module's worth of days, played once by real tablets


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pilot")
    settings = Settings(f"sqlite:///{folder / 'nuqta.db'}", folder)
    database = open_database(settings)
    migrate(database.engines, database.tables, epoch=bytes(8))
    database.write(load)
    now = database.clock()  # its day stays today, though midnight passes meanwhile
    made = generate(
        database,
        seed=1,
        farmer_count=2_000,
        visit_count=300,
        tell=lambda *_: None,
        enliven=partial(enliven, settings=settings),
    )
    yield Lived(settings, database, made, now)
    database.engines.close()


@dataclass
class Lived:
    settings: Settings
    database: Database
    made: dict[str, int]
    now: int

    def ask(self, query, login="coord.taroudant"):
        """Return what a query of the desk finds for one who signed in."""

        def within(records):
            agent_id = commands.agent_of(records, login)
            now = self.now
            standing = standing_of(records, agent_id, now_ms=now)
            session = Session(agent_id, login, "fr", "", standing)
            reader = Reader(session, "fr", load_phrases("fr"), "/desk", Asked({}), now)
            return query(records, reader)

        return self.database.read(within)

    def all(self, entity, *where):
        """Return the values of records, as `where` says of their table."""
        table = self.database.tables.records[entity]
        return self.database.read(
            lambda records: [
                one.values for one in records.list(entity, *(test(table.c) for test in where))
            ]
        )


def waits(records, reader):
    return {code: count.number for code, count in counted(records, reader, 99).items()}


def test_a_coordinator_finds_something_of_each_kind_to_decide(lived):
    waiting = lived.ask(waits)
    least = {
        "conflict": 7,
        "held": 8,
        "duplicate": 3,
        "pair": 5,
        "flag": 2,
        "request": 1,
        "task": 8,
        "silent": 4,
    }
    assert {code: waiting[code] for code in least if waiting[code] < least[code]} == {}
    reasons = {code for code, _, _ in lived.ask(reasons_held)}
    assert reasons >= {
        "commune_outside_province",
        "commune_unknown",
        "office_only",
        "not_allowed",
        "account_disabled",
    }
    fields = {name for name, _ in lived.ask(partial(fields_asked, kind="conflict"))}
    named = {"phone", "birth_year", "name_fr", "name_ar"}
    assert fields >= {f"person.{name}" for name in named}


@pytest.mark.parametrize("login", ["coord.berkane", "coord.nador"])
def test_the_other_coordinators_find_something_too(lived, login):
    assert lived.ask(waits, login)["conflict"] >= 2
    assert len(lived.ask(list_tablets, login)) == 1


def test_visits_are_returned_with_a_question_and_corrected(lived):
    visits = lived.all("visit")
    states = Counter(visit["review_state"] for visit in visits)
    assert states["returned"] >= 6
    assert states["corrected"] >= 3
    assert states["accepted"] >= 50
    for visit in visits:
        if visit["review_state"] == "returned":
            asked = ("field", "note", "due_on", "by", "at")
            assert all(visit[f"returned_{name}"] is not None for name in asked)
            assert visit["returned_field"] in VISIT.field_by_name
        if visit["review_state"] == "corrected":
            assert visit["returned_field"]
            assert visit["amend_reason"]


def test_each_flag_is_on_a_visit_and_most_visits_have_none(lived):
    table = lived.database.tables.visit_flag
    found = lived.database.read(
        lambda records: records.connection.execute(sa.select(table.c.visit_id, table.c.code)).all()
    )
    codes = Counter(code for _, code in found)
    assert set(codes) == set(flags.CODES)
    assert len({visit_id for visit_id, _ in found}) < 0.5 * lived.made["visits of the last days"]


def test_there_are_visits_to_look_at_twice(lived):
    made = lived.all("visit", lambda c: c.state == "ended", lambda c: c.source == "tablet")
    minutes = [(one["ended_at"] - one["started_at"]) // 60_000 for one in made]
    assert sum(length < 3 for length in minutes) >= 2
    assert sum(one["latitude"] is None and bool(one["position_missing"]) for one in made) >= 2
    assert sum(bool(one["position_mock"]) for one in made) >= 2
    places = {one["code"]: one for one in lived.all("commune")}
    north = [
        one["latitude"] - places[one["commune_code"]]["latitude"]
        for one in made
        if one["latitude"] is not None
    ]
    assert sum(by > 300_000 for by in north) >= 2
    by_agent = {}
    for one in sorted(made, key=lambda one: one["started_at"]):
        by_agent.setdefault(one["agent_id"], []).append(one)
    following = [pair for mine in by_agent.values() for pair in pairwise(mine)]
    assert any(second["started_at"] < first["ended_at"] for first, second in following)
    days = Counter((one["agent_id"], local_time.day_of(one["started_at"])) for one in made)
    assert max(days.values()) > 15
    hashes = Counter((one["purpose"], one["sha256"]) for one in lived.all("photo"))
    twice = {purpose for (purpose, _), count in hashes.items() if count > 1}
    assert twice == {"site", "signature"}


def test_some_work_arrived_more_than_a_week_late(lived):
    tables = lived.database.tables
    visit, line = tables.records["visit"], tables.acknowledgement
    late = sa.select(sa.func.count()).where(
        line.c.record_id == visit.c.id, line.c.at - visit.c.started_at > 7 * scopes.DAY_MS
    )
    assert lived.database.read(lambda records: records.connection.scalar(late)) >= 5


def test_tablets_fell_silent_each_for_a_cause_of_its_own(lived):
    tablets = {one["agent_id"]: one for one in lived.ask(list_tablets)}
    agents = {one["login"]: one for one in lived.all("agent")}
    assert len(tablets) == 11

    def of(number):
        agent_id = lived.database.read(
            lambda records: commands.agent_of(records, f"agent{number:02d}")
        )
        return tablets[agent_id]

    assert "agent05" in agents
    silent = [of(number) for number in (5, 6, 7, 8)]
    assert all(one["is_silent"] for one in silent)
    absent, full, old, wrong = silent
    assert (absent["pending"], absent["build"], absent["clock_minutes"]) == (0, APP_BUILD, 0)
    assert full["pending"] == 0, "what it sent last is here, and waits no more"
    assert full["photos_waiting"] > 0, "their bytes are on it still"
    causes = [one["code"] for one in silent]
    assert causes[1] == Cause.FULL
    assert causes[3] == Cause.BATTERY
    for one in tablets.values():
        assert one["battery_percent"] is not None
        assert one["free_mb"] is not None
    assert old["build"] < APP_BUILD
    assert wrong["clock_minutes"] > 24 * 60
    ordered = of(9)
    assert ordered["ordered_at"] > ordered["seen_at"]
    assert ordered["told_at"] is None
    assert 10 < of(12)["clock_minutes"] < 60  # it works on
    assert not of(1)["is_silent"]


def test_the_tablet_of_the_demo_has_a_round_tasks_and_something_to_see_to(lived):
    agent_id = lived.database.read(lambda records: commands.agent_of(records, "agent01"))
    today = local_time.day_of(lived.now)
    planned = lived.all("visit", lambda c: c.agent_id == agent_id, lambda c: c.state == "planned")
    assert [one["planned_on"] for one in planned].count(today) >= 5
    tasks = lived.all("task", lambda c: c.owner_id == agent_id, lambda c: c.state == "open")
    assert sum(one["due_on"] < today for one in tasks) >= 2
    assert sum(one["due_on"] == today for one in tasks) >= 2
    returned = lived.all(
        "visit", lambda c: c.agent_id == agent_id, lambda c: c.review_state == "returned"
    )
    assert len(returned) >= 3
    asked = lived.all("review", lambda c: c.theirs_by == agent_id, lambda c: c.state == "open")
    assert len(asked) >= 5


def test_the_bytes_of_pictures_and_voices_are_here(lived):
    files = BlobFiles(lived.settings.data_dir)
    begins = {"photo": b"RIFF", "document": b"\xff\xd8\xff", "voice_note": b"OggS"}
    for entity, first in begins.items():
        named = lived.all(entity)
        assert len(named) >= 10, entity
        hashes = [bytes.fromhex(one["sha256"]) for one in named]
        here = [one for one in hashes if files.has(one)]
        # Of some the bytes are still on a tablet: its line broke.
        assert 0.75 * len(hashes) <= len(here), entity
        assert all(files.read(one, 0, 4).startswith(first) for one in here), entity


def test_consents_name_the_text_that_was_shown(lived):
    consents = lived.all("consent")
    assert {one["text_version"] for one in consents} == {TEXT_VERSION} == {CONSENT_TEXT}
    methods = Counter(one["method"] for one in consents)
    assert methods["finger_signature"] > 50
    assert methods["witnessed_mark"] > 50
    assert all(one["witness_name"] for one in consents if one["method"] == "witnessed_mark")
    assert any(not one["given"] for one in consents)


def test_an_agents_other_work_is_there(lived):
    plans = [one for one in lived.all("maturity_assessment") if one["actions"]]
    assert len(plans) >= 8
    assert Counter(one["state"] for one in lived.all("training_session")) == {
        "held": 2,
        "planned": 1,
    }
    assert {one["state"] for one in lived.all("attendance")} == {"enrolled", "absent", "present"}
    assert len({one["technology"] for one in lived.all("connectivity_check")}) >= 3
    assert {one["state"] for one in lived.all("incident")} == {"open", "resolved"}
    assert len({one["state"] for one in lived.all("application")}) >= 7


@pytest.mark.parametrize(
    ("login", "least"),
    [
        ("banque", {"all": 4, "mine": 2, "paused": 1, "answered": 2}),
        ("conseil", {"free": 2, "late": 1, "answered": 1}),
        ("dpa.taroudant", {"free": 1, "paused": 1, "answered": 2}),
        *((one, {"free": 1}) for one in ("assurance", "guichet", "cnss", "paiement")),
        ("coord.taroudant", {"free": 1}),
    ],
)
def test_each_office_finds_requests_to_answer(lived, login, least):
    views = lived.ask(queue_page, login)["views"]
    found = {one["code"]: one["count"].count for one in views}
    assert {code: found[code] for code in least if found[code] < least[code]} == {}


def test_what_was_lived_passes_the_check_and_is_made_once(lived):
    assert check(lived.settings, lived.database)["faults"] == []
    again = generate(
        lived.database,
        seed=1,
        farmer_count=10,
        visit_count=10,
        tell=lambda *_: None,
        enliven=lambda _pilot: pytest.fail("played twice"),
    )
    assert again == {}
    assert lived.made["tablets"] == 13
