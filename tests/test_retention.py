"""Papers are erased some time after the last answer that may need them; that there were stays."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from mobile_app.store.records import NotFound
from server.applications import retention
from server.applications.retention import KEPT_DAYS, UNASKED_DAYS
from server.db.work import Author
from server.jobs import queue
from server.jobs.job import declared
from server.jobs.runner import _store
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.reference.catalogue import catalogue
from sync.local_time import day_of
from sync.scopes import DAY_MS
from tests import test_requests
from tests.server.job_worker import runner_of
from tests.test_papers import address, give, pages_of, picture
from tests.test_requests import HOME, SAY

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
walk = test_requests.walk
JOB = "erase-papers"


def night(walk, days):
    """Let so many days pass, then do what the night does of papers."""
    walk.world.now += days * DAY_MS
    runner_of(walk.world.database, declared()).run_now(JOB)
    Uploads(walk.world.database, BlobFiles.of(walk.doors.app_settings)).purge()
    walk.portal = walk.enter_portal()


def erased(walk):
    """Return in words that something was erased today."""
    day = test_requests.load_phrases("fr").day(day_of(walk.world.now))
    return SAY("desk.queue.paper.erased", day=day)


def noted(world, record_id):
    """Return of whom and what the audit log has of a record: still waiting, or in a chain."""
    tables, found = world.database.tables, set()
    for table in (tables.audit_waiting, tables.audit_value):  # what waits is moved there
        query = sa.select(table.c.subject_id, table.c.detail).where(table.c.record_id == record_id)
        found |= set(
            world.database.read(
                lambda records, query=query: records.connection.execute(query).all()
            )
        )
    return {(bytes(one.subject_id), one.detail) for one in found if one.subject_id}


def test_a_copy_for_two_requests_goes_with_the_last_answer_and_that_it_was_stays(walk):
    made = walk.register("bank-account", "rna")
    give(walk, made["bank-account"], picture())
    (page,) = pages_of(walk)
    files, sha256 = BlobFiles.of(walk.doors.app_settings), bytes.fromhex(page.values["sha256"])
    walk.bring("LAND", "ADDRESS", "BANK_ID", "SIGN")
    for service, clerk in (("bank-account", "clerk.cam"), ("rna", "clerk.dpa-taroudant")):
        walk.file(made[service])
        walk.world.now += 60_000
        walk.clerk(clerk).send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    walk.answer(walk.clerk("clerk.cam"), made["bank-account"], "approved")
    night(walk, KEPT_DAYS + 1)  # the other waits
    assert page.record_id in {one.record_id for one in pages_of(walk)}
    assert files.has(sha256)
    walk.answer(walk.clerk("clerk.dpa-taroudant"), made["rna"], "approved")
    night(walk, KEPT_DAYS - 1)
    assert files.has(sha256)
    kept = f"/portal/papers/{UUID(bytes=page.record_id)}"
    assert walk.portal.get(kept).status_code == 200
    walk.tablet.sync()
    assert walk.tablet.store.get("document", page.record_id).values["type"] == "CNIE"

    night(walk, 2)
    wanted = {code for service in made for code in catalogue().of(service).documents}
    assert not wanted & {one.values["type"] for one in pages_of(walk)}
    assert not files.has(sha256)
    assert walk.portal.get(kept).status_code == 404
    for shown in (address(made["rna"]), f"/portal/requests/{UUID(bytes=made['bank-account'])}"):
        assert erased(walk) in walk.portal.get(shown).text
    desk = walk.clerk("amina").get(f"/desk/requests/{UUID(bytes=made['rna'])}").text
    assert erased(walk) in desk
    assert (walk.enterprise, "retention") in noted(walk.world, page.record_id)
    # The tablets ask for it anew where it is needed again.
    walk.tablet.sync()
    with pytest.raises(NotFound):
        walk.tablet.store.get("document", page.record_id)


def test_a_draft_is_counted_from_what_was_last_done_of_it_and_its_paper_given_anew(walk):
    request = walk.register("rna")["rna"]
    walk.world.now += 60 * DAY_MS
    walk.portal = walk.enter_portal()
    give(walk, request, picture())
    night(walk, KEPT_DAYS - 1)
    assert len(pages_of(walk)) == 1
    night(walk, 2)
    assert pages_of(walk) == []
    page = walk.portal.get(address(request)).text
    assert erased(walk) in page
    assert SAY("portal.paper.erased.open", n=KEPT_DAYS).replace("'", "&#39;") in page
    # The same page, given again, is there again.
    assert SAY("portal.paper.state.here") in give(walk, request, picture()).text
    assert erased(walk) not in walk.portal.get(address(request)).text


def test_what_was_killed_goes_on_and_what_another_record_names_stays(walk, monkeypatch):
    walk.register("rna")
    walk.bring("CNIE", "LAND", "ADDRESS", "CNIE")
    pages = sorted(pages_of(walk), key=lambda page: page.record_id)
    named = pages[2].record_id
    walk.tablet.put(
        "mandate",
        commune_code=HOME,
        person_id=walk.tablet.put("person", commune_code=HOME, name_fr="Zahra").record_id,
        enterprise_id=walk.enterprise,
        role="president",
        document_id=named,
    )
    walk.tablet.sync()
    walk.world.now += (KEPT_DAYS + 1) * DAY_MS
    monkeypatch.setattr(retention, "_BATCH", 1)
    database, job = walk.world.database, declared()[JOB]
    database.write(lambda work: queue.enqueue(work, JOB, {}))
    held = database.write(lambda work: queue.claim(work, [JOB]))
    assert held is not None
    step = database.write(lambda work: _store(work, held, lambda work: job.step(work, held.run)))
    assert step.done == 1
    assert len(pages_of(walk)) == 3  # here the process dies
    walk.world.now += 2 * 60_000
    runner_of(database, declared()).run_due()
    assert [page.record_id for page in pages_of(walk)] == [named]
    (ended,) = [one for one in jobs(walk) if one.name == JOB]
    assert ended.done == 3


def jobs(walk):
    table = walk.world.database.tables.job
    return walk.world.database.read(
        lambda records: records.connection.execute(sa.select(table)).all()
    )


def test_a_paper_that_no_request_took_goes_half_a_year_after_it_came(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    person = tablet.put("person", commune_code=HOME, name_fr="Zahra").record_id
    visit = tablet.put("visit", commune_code=HOME, type="assistance", person_id=person)
    about = {"commune_code": HOME, "person_id": person, "visit_id": visit.record_id}
    long_ago = {"taken_at": world.now - 3_000 * DAY_MS}  # by a clock that was years behind
    made = {
        name: tablet.put("document", **about, **values).record_id
        for name, values in {
            "paper": {"type": "CNIE", **long_ago},
            "deed": {"type": "LAND", **long_ago},
            "note": {"type": "WELL", **long_ago},
            "page": long_ago,
        }.items()
    }
    photo = tablet.put("photo", **{**about, "person_id": None}, purpose="site").record_id
    tablet.sync()

    def erased_after(days):
        world.now += days * DAY_MS
        runner_of(world.database, declared()).run_now(JOB)
        left = {
            one.record_id for one in world.database.read(lambda records: records.list("document"))
        }
        return {name for name, record_id in made.items() if record_id not in left}

    assert erased_after(UNASKED_DAYS - 1) == set()
    # One that takes the card, and no deed.
    request = {"commune_code": HOME, "person_id": person, "service": "amo", "state": "submitted"}
    world.database.write(lambda work: work.insert("application", request, Author(None)))
    assert erased_after(2) == {"deed"}
    assert noted(world, made["deed"]) == {(person, "retention")}
    tablet.sync()
    assert tablet.store.get("photo", photo).values["purpose"] == "site"
    with pytest.raises(NotFound):
        tablet.store.get("document", made["deed"])
