"""Who misuses messages: floods cost little, tell nothing and are billed within the cap."""

import pytest
import sqlalchemy as sa

from server.accounts import visitors
from server.accounts.throttle import Limit, TooManyTries, whence
from server.db.work import Author
from server.messages import QueuedMessages
from server.notices.inbound import receive
from server.sms import outbox
from server.sms.outbox import Kind
from sync.rules.codes import short_code
from tests.server.message_centre import Centre
from tests.server.message_sender import DAY, sender_of
from tests.world import HOME

OWN = "+212612345678"
STATEMENTS_MOST = 14
"""Of a transaction for one message that came, whatever came before."""


@pytest.fixture
def ref(world):
    """The reference of a request of OWN, who agreed to messages."""
    world.now = DAY

    def make(work):
        person = {"name_fr": "Amal", "commune_code": HOME, "phone": OWN}
        person_id = work.insert("person", person, Author(None)).record_id
        whose = {"commune_code": HOME, "person_id": person_id}
        consent = {"given": True, "purpose": "contact_sms", "given_at": DAY, "language": "fr"}
        work.insert("consent", {**whose, **consent}, Author(None))
        application = {**whose, "service": "rna", "state": "ready"}
        return work.insert("application", application, Author(None)).record_id

    return short_code(world.database.write(make))


@pytest.fixture
def heard(world):
    """Take a message as the sender does; keep how many statements each cost."""
    costs, statements = [], []

    def note(*_):
        statements.append(1)

    def heard(phone, text):
        statements.clear()
        world.database.write(lambda work: receive(work, phone, text))
        costs.append(len(statements))

    writing = world.database.engines.writing
    sa.event.listen(writing, "before_cursor_execute", note)
    yield heard, costs
    sa.event.remove(writing, "before_cursor_execute", note)


def answers(world):
    table = world.database.tables.message
    query = sa.select(table.c.phone).where(table.c.kind == Kind.ANSWER)
    return world.database.read(lambda records: records.connection.scalars(query).all())


def test_a_flood_is_answered_within_its_caps_by_bounded_work(world, ref, heard, caplog):
    caplog.set_level(0)
    hear, costs = heard
    flood = [
        *((f"+2126{at:08}", text) for at in range(40) for text in (ref, "0\x00²" * 60, ref)),
        *((OWN, ref) for _ in range(40)),
        *((f"+2127{at % 20:08}", ("STOP", "توقف")[at % 2]) for at in range(40)),
    ]
    for phone, text in flood:
        hear(phone, text)
    assert max(costs) <= STATEMENTS_MOST
    told = answers(world)
    assert told.count(OWN) == Limit.SMS_ANSWER.most
    strangers = [phone for phone in told if phone != OWN]
    assert len(strangers) == len(set(strangers)) == Limit.SMS_UNKNOWN_ALL.most
    hear(OWN, "stop")
    hear(OWN, "STOP")
    (consent,) = world.database.read(lambda records: records.list("consent"))
    assert consent.values["withdrawn_via"] == "phone"
    assert not [word for word in ("+2126", "2126", "2127", ref) if word in caplog.text]


def ask(world, phone, address):
    """Ask for a code. Returns what is said: the same of whoever's phone it is."""
    try:
        visitors.send_code(
            world.database, QueuedMessages(world.database), phone, words="{code}", address=address
        )
    except TooManyTries as refusal:
        return f"{refusal.code} {refusal.values}"
    return "sent"


def test_codes_for_a_hundred_phones_are_few_and_say_nothing_of_whose_they_are(world, ref, caplog):
    caplog.set_level(0)
    phones = [f"+2126{at:08}" for at in range(100)]
    phones[10] = phones[60] = OWN
    said = [ask(world, phone, "192.0.2.1") for phone in phones]
    assert said == ["sent"] * Limit.CODE_FROM.most + [said[-1]] * (100 - Limit.CODE_FROM.most)
    assert world.database.read(outbox.counts)["waiting"] == Limit.CODE_FROM.most
    assert not [word for word in ("+2126", "2126", OWN) if word in caplog.text]


def test_codes_from_many_addresses_cost_no_more_than_a_day_may(world, ref):
    assert {ask(world, f"+2126{at:08}", f"192.0.2.{at}") for at in range(40)} == {"sent"}
    with Centre() as centre:
        sender = sender_of(world.database, centre.port, a_day=15)
        for _ in range(40):
            sender.round()
            world.now += 1000
        world.now += 11 * 60_000
        for _ in range(3):
            sender.round()
            world.now += 2000
        sender.close()
        assert len(centre.submitted) == 15
    found = world.database.read(outbox.counts)
    assert (found.get("failed"), found.get("waiting")) == (25, None), "none waits for tomorrow"


@pytest.mark.parametrize(
    ("host", "counted_by"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_many_addresses_is_counted_as_one(host, counted_by):
    assert whence(host) == counted_by
