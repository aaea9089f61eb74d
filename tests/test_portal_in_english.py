"""What the portal says in English, signed in: nothing of it is borrowed from French."""

import re
from uuid import UUID

import pytest

from sync.languages import FALLBACK
from tests import test_market

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
STEPS = ("who", "commune", "services", "consents", "summary")


@pytest.fixture
def world_url(furnished_url):
    """One database: words are the same on each."""
    return furnished_url


@pytest.fixture
def market(world, tmp_path, monkeypatch):
    """One whose English borrows nothing: a code without words shows itself."""
    monkeypatch.delitem(FALLBACK, "en")
    yield from test_market.market.__wrapped__(world, tmp_path)


def lived(market):
    """Register, ask, file, sell and order. Returns (who reads, address) of every page."""
    market.world.user("clerk.cam", role="back_office", organisation="cam")
    requests = market.register("bank-account", "market", "training")
    market.bring("CNIE", "ADDRESS")
    market.file(requests["bank-account"])
    clerk = market.clerk("clerk.cam")
    clerk.send("/desk/queue", "/desk/queue/next")
    market.world.now += 60_000
    of = str(UUID(bytes=market.enterprise))
    said = {"reason": "papers_not_valid", "words": "La carte est périmée."}
    market.answer(clerk, requests["bank-account"], "rejected", **said)
    market.portal.send(
        f"/portal/file?of={of}",
        "/portal/file/complaint",
        of=of,
        about="delay",
        words="Rien depuis un mois.",
    )
    speaker = {"proxy_name": "Brahim", "proxy_phone": "0677777777", "proxy_role": "family"}
    market.portal.send(
        f"/portal/file?of={of}", "/portal/file/proxy", of=of, proxy_sure="yes", **speaker
    )
    market.offer()
    market.publish()
    offer = market.public()[1][0]
    buyer = market.buyer()
    market.order(buyer, offer)
    own, order = market.portal, market.order_url(buyer)
    pages = [(own, f"/portal/requests/{UUID(bytes=one)}") for one in requests.values()]
    asked = f"/portal/requests/{UUID(bytes=requests['bank-account'])}"
    pages += [(own, asked + end) for end in ("/messages", "?withdraw=1", "/papers/CNIE")]
    pages += [(own, f"/portal/{name}?of={of}") for name in ("status", "file", "services", "claim")]
    pages += [(own, f"/portal/{name}?of={of}") for name in ("register", "market/mine")]
    pages += [(own, f"/portal/services/{code}?of={of}") for code in ("m-wallet", "crop-insurance")]
    pages += [(own, f"/portal/market/offers/new?of={of}"), (own, "/portal/market/orders")]
    pages += [(own, order), (buyer, order), (buyer, offer), (buyer, f"{offer}/order")]
    pages += [(buyer, f"/portal/register?step={step}") for step in STEPS]
    everybody = ("/", "/about", "/portal/market", "/portal/innovation", "/verify", "/portal/follow")
    return pages + [(buyer, address) for address in (*everybody, "/nowhere", "/dev/outbox")]


def test_no_page_of_the_portal_borrows_a_word(market):
    lacking = {}
    for who, address in lived(market):
        headers = {"cookie": who.headers["cookie"].replace("lang=fr", "lang=en")}
        page = market.doors.get(address, headers)
        assert page.status_code == (404 if address == "/nowhere" else 200), address
        assert '<html lang="en"' in page.text, address
        lacking |= dict.fromkeys(re.findall(r"\[[a-z_]+(?:\.[a-z_0-9]+)+\]", page.text), address)
    assert lacking == {}
