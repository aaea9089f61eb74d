"""What no page of the portal sends, and too much of what they do: one sentence, and no harm."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from server.accounts.throttle import Limit
from server.accounts.visitors import Visitor
from server.market import purchases
from server.media.refusals import UploadUnknown
from server.media.store import BlobFiles
from server.phrases import load_phrases
from server.portal.arriving import Arriving
from server.portal.papers import PaperOf, Papers
from server.web.asked import Asked
from sync.errors import Refusal
from tests import test_market, test_requests
from tests.test_papers import address, give, picture
from tests.test_proxies import FORM, enter
from tests.test_requests import PHONE, SAY
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
walk = test_requests.walk
market = test_market.market


def own_file(walk):
    of = str(UUID(bytes=walk.enterprise))
    return f"/portal/file?of={of}", {"of": of}


def too_often():
    """What is said to who did something too often today."""
    said = load_phrases("fr").sentence("too_many_tries", {"minutes": 24 * 60})
    return said.replace("'", "&#39;")


def test_a_form_that_names_nothing_finds_nothing(walk):
    walk.register("advisory")
    page, of = own_file(walk)
    for sent in ({}, {"complaint": ""}, {"complaint": "0" * 32}):
        assert (
            walk.portal.send(page, "/portal/file/complaint/appeal", **of, **sent).status_code == 404
        )


@pytest.mark.parametrize(
    "wrong", [{"kind": ["farmer", "person"]}, {"of": "none"}, {"name": ["a", "b"]}]
)
def test_what_no_page_sends_is_not_kept_as_what_was_typed(walk, wrong):
    page = "/portal/register"
    walk.portal.send(page, page, step="who", kind="farmer", name="Fadma")
    assert walk.portal.send(page, page, **{"step": "who", **wrong}).status_code == 400
    kept = walk.portal.get(f"{page}?step=who")
    assert kept.status_code == 200
    assert "Fadma" in kept.text


def test_a_form_that_was_open_while_its_request_ended_shares_nothing(walk):
    request = walk.register("advisory")["advisory"]
    walk.act(request, "withdraw")
    address = f"/portal/requests/{UUID(bytes=request)}"
    late = walk.portal.send("/portal/register", address, act="file", share="yes")
    assert late.status_code == 422
    consents = walk.world.database.read(lambda records: records.list("consent"))
    assert {one.values["purpose"] for one in consents} == {"programme_record"}
    assert walk.states(request) == ["withdrawn"]


def test_one_phone_complains_so_often_a_day(walk, monkeypatch):
    walk.register("advisory")
    page, of = own_file(walk)
    monkeypatch.setattr(Limit.COMPLAINT_BY, "most", 2)
    for number, status in ((1, 200), (2, 200), (3, 422)):
        form = {**of, "about": "delay", "words": f"Trop long : {number}"}
        sent = walk.portal.send(page, "/portal/file/complaint", **form)
        assert sent.status_code == status
    assert too_often() in sent.text
    assert "Trop long : 3" in sent.text, "what was typed stays"


def test_one_phone_registers_so_many_a_day(walk, monkeypatch):
    monkeypatch.setattr(Limit.REGISTER_BY, "most", 1)
    walk.register("advisory")
    page = "/portal/register"
    form = {"name": "Ali", "phone_owner": "self", "commune_code": HOME, "services": "advisory"}
    more = walk.portal.send(page, page, kind="farmer", consent_programme_record="yes", **form)
    assert more.status_code == 422
    assert too_often() in more.text
    assert "Ali" in more.text


def test_files_that_are_no_papers_are_looked_at_so_often_a_day(walk, monkeypatch):
    request = walk.register("rna")["rna"]
    monkeypatch.setattr(Limit.PAPER_BY, "most", 2)
    tries = [too_often() in give(walk, request, b"none").text for _ in range(3)]
    assert tries == [False, False, True]


def test_a_page_that_is_finished_twice_is_there_once(walk, monkeypatch):
    request = walk.register("rna")["rna"]
    database = walk.world.database
    files = BlobFiles.of(walk.doors.app_settings)
    arriving = Arriving(database, files, Papers(database, files))
    visitor, content = Visitor(f"+212{PHONE[1:]}", "", at=walk.world.now), picture()
    begun = arriving.begin(PaperOf(visitor, request.hex(), "CNIE"), len(content))
    whole = Arriving._whole

    def late(self, row):
        """Another hand finishes it between the row that was read and its pieces."""
        monkeypatch.setattr(Arriving, "_whole", whole)
        assert arriving.look(visitor, row.id).is_complete
        return whole(self, row)

    monkeypatch.setattr(Arriving, "_whole", late)
    assert arriving.append(visitor, begun.upload_id, 0, content).is_complete
    assert arriving.look(visitor, begun.upload_id).is_complete
    assert walk.portal.get(address(request)).text.count("/take-back") == 1


def test_pieces_that_are_gone_end_an_upload(walk):
    request = walk.register("rna")["rna"]
    database = walk.world.database
    files = BlobFiles.of(walk.doors.app_settings)
    arriving = Arriving(database, files, Papers(database, files))
    visitor, content = Visitor(f"+212{PHONE[1:]}", "", at=walk.world.now), picture()
    begun = arriving.begin(PaperOf(visitor, request.hex(), "CNIE"), len(content))
    arriving.append(visitor, begun.upload_id, 0, content[:2000])
    arriving._discard(arriving._own(visitor, begun.upload_id))
    with pytest.raises(UploadUnknown):
        arriving.append(visitor, begun.upload_id, 2000, content[2000:])


def test_whatever_a_proxy_does_is_kept_for_whom_it_was_done(market):
    market.register("market")
    page, of = own_file(market)
    market.portal.send(page, "/portal/file/proxy", **of, **FORM)
    mother, (market.portal, _) = market.portal, enter(market)
    market.publish()
    market.offer()
    shown = mother.get(page).text
    for act in ("publish", "offer"):
        assert SAY(f"portal.proxy.act.{act}") in shown, act


@pytest.mark.postgres
def test_orders_of_one_phone_at_once_are_counted_together(market, monkeypatch):
    if market.world.database.write(lambda work: not work.is_postgres):
        pytest.skip("SQLite has one writer")
    market.register("market")
    market.publish()
    for product in ("Miel", "Huile"):
        market.offer(product=product)
    offers = [url.rsplit("/", 1)[1] for url in market.public()[1]]
    monkeypatch.setattr(purchases, "OPEN_MOST", 1)
    form = Asked([("quantity", "1"), ("buyer", "Samira")])
    visitor = Visitor(f"+212{test_market.BUYER[1:]}", "", at=market.world.now)

    def order(offer):
        try:
            return market.world.database.write(
                lambda work: purchases.order(work, visitor, offer, form, "fr")
            )
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(order, offers))
    assert done.count("order_waits") == 1
