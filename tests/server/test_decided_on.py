"""The day on which an office decided is in the letter, and on the pages of the request."""

from server.applications.told import decided_facts
from server.exchange.stepping import steps_of
from server.letters.words import letter_of
from server.phrases import load_phrases
from sync import local_time
from sync.rules.applications import FILED, REJECTED, Actor
from tests.server.test_notices import request_of, step  # noqa: F401


def test_the_letter_and_the_pages_say_when_the_office_decided(world, request_of):  # noqa: F811
    record_id, decided = request_of(), local_time.day_of(world.now) - 3
    step(world, record_id, FILED, receipt_number="2026-1")
    given = {"reason": "not_eligible", "words": "hors zone", "decided_on": decided}
    step(world, record_id, REJECTED, Actor.OFFICE, **given)

    def read(records):
        request = records.get("application", record_id)
        steps, phrases = steps_of(records, request), load_phrases("fr")
        letter = letter_of(request, None, REJECTED, steps[-1].values, world.now)
        receipt = letter_of(request, None, FILED, steps[0].values, world.now)
        return letter, receipt, decided_facts(phrases, request, steps)

    letter, receipt, facts = world.database.read(read)
    for column in letter:
        day = load_phrases(column["language"].code).day(decided, "long")
        assert day in column["decided"]
        assert day not in column["on"]
    assert [column["decided"] for column in receipt] == ["", ""]
    assert facts == [("Décidée le", load_phrases("fr").day(decided), "decided_at")]
