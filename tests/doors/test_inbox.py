"""The inbox of a request: what was sent, and what would have been, for its own phone alone."""

from uuid import UUID

import pytest

from server.accounts import visitors
from server.db.work import Author
from server.exchange.stepping import Step, take
from server.messages import QueuedMessages, messages_of
from server.settings import BadSettings, Settings
from sync.rules.applications import FILED, Actor
from sync.rules.codes import short_code
from tests.doors.conftest import opened
from tests.world import HOME

PHONE = "+212612345678"


@pytest.fixture
def asked(world):
    def make(work):
        enterprise = work.insert(
            "enterprise",
            {"name_fr": "Argan", "commune_code": HOME, "phone": PHONE},
            Author(None),
        )
        values = {"commune_code": HOME, "enterprise_id": enterprise.record_id, "service": "rna"}
        request = work.insert("application", {**values, "state": "ready"}, Author(None))
        step = Step(FILED, Actor.APPLICANT, said={"receipt_number": "2026-1"})
        take(work, work.lock("application", request.record_id), step)
        return request.record_id

    return world.database.write(make)


def entered(world, phone):
    sent = []

    class Heard:
        def send(self, _phone, body):
            sent.append(body)

    token = visitors.send_code(world.database, Heard(), phone, words="{code}")
    found = world.database.write(lambda work: visitors.check_code(work, token, sent[0]))
    return {"cookie": f"nuqta_portal={found.session}; lang=fr"}


def test_the_inbox_is_its_own_phones(world, asked, tmp_path):
    with opened(world, tmp_path) as doors:
        address = f"/portal/requests/{UUID(bytes=asked)}/messages"
        page = doors.get(address, entered(world, PHONE))
        assert page.status_code == 200
        assert short_code(asked) in page.text
        assert "Ici seulement" in page.text
        assert doors.get(address, entered(world, "+212699999999")).status_code == 404


def test_a_centre_is_set_whole_or_not_at_all(world):
    given = {"NUQTA_SMPP_URL": "smpp://nuqta:s%40cret@centre.ma:2776/8585"}
    sms = Settings.from_env(given).sms
    assert (sms.host, sms.port, sms.password, sms.source) == ("centre.ma", 2776, "s@cret", "8585")
    assert "s@cret" not in repr(Settings.from_env(given))
    assert isinstance(messages_of(Settings.from_env(given), world.database), QueuedMessages)
    for wrong in ("centre.ma", "smpp://:x@h/s", "smpp://n:ninechars@h/s", "smpp://n:p@h/"):
        with pytest.raises(BadSettings):
            Settings.from_env({"NUQTA_SMPP_URL": wrong})
    with pytest.raises(BadSettings):
        Settings.from_env({**given, "NUQTA_SMS_PER_SECOND": "0"})
