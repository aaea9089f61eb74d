"""The market, from an offer to what was handed over, by the pages of seller, buyer and desk."""

import re
from uuid import UUID

import pytest

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from server.db.work import Author
from server.jobs.job import declared
from server.phrases import load_phrases
from sync.scopes import DAY_MS
from tests.doors.conftest import opened
from tests.mobile_app.scenes import linked
from tests.test_requests import Browser, Walk
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
SAY = load_phrases("fr").say
BUYER = "0698765432"
HONEY = {
    "product": "Miel de thym",
    "about": "Récolte de juin.",
    "price_mad": "180,50",
    "unit": "kg",
    "quantity": "10",
    "place": "Siège de la coopérative",
}


class Market(Walk):
    """A cooperative that may sell, and buyers by their phones."""

    def buyer(self, phone=BUYER, cookie=""):
        """Check a phone at the portal, as one who comes from an offer's page. Returns a browser."""
        sent = self.doors.post("/portal/phone", phone=phone)
        code_cookie = sent.headers["set-cookie"].split(";")[0]
        found = self.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text
        code = re.search(r"\b(\d{6})\b", found)[1]
        cookies = "; ".join(filter(None, (code_cookie, cookie)))
        entered = self.doors.post("/portal/code", {"cookie": cookies}, code=code)
        given = [one.split(";")[0] for one in entered.headers.get_list("set-cookie")]
        browser = Browser(self.doors, "; ".join(given))
        browser.came_to = entered.headers["location"]
        return browser

    @property
    def mine(self):
        return f"/portal/market/mine?of={UUID(bytes=self.enterprise)}"

    def publish(self):
        of = str(UUID(bytes=self.enterprise))
        return self.portal.send(self.mine, "/portal/market/mine", of=of, publish="yes")

    def offer(self, **changed):
        of = str(UUID(bytes=self.enterprise))
        page, form = "/portal/market/offers/new", {**HONEY, **changed}
        was = {f"was_{name}": "" for name in form}
        return self.portal.send(f"{page}?of={of}", page, of=of, **form, **was)

    def public(self):
        """The public list as a stranger sees it, and the addresses of its offers."""
        text = self.doors.get("/portal/market", {"cookie": "lang=fr"}).text
        return text, re.findall(r'href="(/portal/market/[0-9a-f-]{36})"', text)

    def order(self, browser, offer, quantity="2", **more):
        page = f"{offer}/order"
        return browser.send(page, page, quantity=quantity, buyer="Samira", **more)

    def order_url(self, browser):
        text = browser.get("/portal/market/orders").text
        return re.search(r'href="(/portal/market/orders/[0-9a-f-]{36})"', text)[1]

    def told(self):
        table = self.world.database.tables.message
        return self.world.database.read(
            lambda records: [
                (row.phone, row.body) for row in records.connection.execute(table.select())
            ]
        )


@pytest.fixture
def market(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Market(world, doors, tmp_path)


def test_an_agents_offer_is_shown_by_its_enterprise(market, tmp_path):
    request = market.register("market")["market"]
    market.bring("PRODUCT_PHOTOS", "HEALTH_OK", "RIB")
    market.file(request)
    market.tablet.sync()
    context = linked(market.tablet, tmp_path)
    seller = PersonPresenter(context, "enterprise", market.enterprise)
    assert seller.offers() == []
    form = FormPresenter(context, "offer", given=seller.new_offer())
    form.inputs.type("price_mad", "180,50")
    for name in ("product", "unit", "quantity", "place"):
        form.inputs.type(name, HONEY[name]) if name != "unit" else form.inputs.put(name, "kg")
    assert form.save()
    ((_, product, told),) = seller.offers()
    assert product == HONEY["product"]
    assert told == "10 kg · 180,50 MAD / kg · En pause"
    market.tablet.sync()
    market.publish()
    assert market.public()[1] == []  # agreed to, and not shown yet
    page = market.portal.get(market.mine).text
    (own,) = set(re.findall(r"/portal/market/offers/[0-9a-f-]{36}", page))
    market.portal.send(own, own, act="show")
    assert HONEY["product"] in market.public()[0]
    assert market.states(request)[-1] == "approved"
    market.tablet.sync()
    assert "Montrée" in seller.offers()[0][2]


def test_an_offer_is_ordered_accepted_handed_over_and_followed_up(market):
    request = market.register("market")["market"]
    market.bring("PRODUCT_PHOTOS", "HEALTH_OK", "RIB")
    market.file(request)
    market.offer()
    assert market.public()[1] == []  # nothing without its consent
    market.publish()
    text, (offer,) = market.public()
    assert "Miel de thym" in text
    assert "180,50" in text
    assert "0612345678" not in text
    assert market.states(request)[-1] == "approved"

    begun = market.doors.get(f"{offer}/begin")
    assert market.doors.get(begun.headers["location"]).headers["location"] == "/"
    market.world.now += 60_000
    buyer = market.buyer(cookie=begun.headers["set-cookie"].split(";")[0])
    assert buyer.came_to == f"{offer}/order"
    shown = market.order(buyer, offer, words="Pour vendredi.")
    assert SAY("market.order.asked") in shown.text
    assert "06 12 34 56 78" not in shown.text
    url = market.order_url(buyer)
    market.order(buyer, offer)  # sent twice
    assert buyer.get("/portal/market/orders").text.count("/portal/market/orders/") == 1

    page = market.portal.get(market.mine).text
    assert url in page
    assert "Pour vendredi." in market.portal.get(url).text
    market.world.now += 60_000
    market.portal.send(url, url, state="accepted", words="Venez samedi.")
    shown = buyer.get(url).text
    assert "Venez samedi." in shown
    assert "tel:+212612345678" in shown
    assert SAY("market.order.accepted") in shown
    assert any(phone == "+212698765432" and "Miel" in body for phone, body in market.told())
    assert "8 kg" in market.doors.get(offer, {"cookie": "lang=fr"}).text
    market.world.now += 60_000
    market.portal.send(url, url, state="handed_over")
    assert SAY("market.order.handed_over") in buyer.get(url).text
    assert market.states(request)[-1] == "delivered"
    gone = market.portal.send(market.mine, url, state="accepted")
    assert gone.status_code == 422

    market.world.now += 3_600_000
    buyer = market.buyer()
    market.order(buyer, offer)
    late = market.order_url(buyer)
    market.world.now += 8 * DAY_MS
    night(market.world, "end-orders")
    assert SAY("market.order.expired") in market.buyer().get(late).text
    market.world.now += 366 * DAY_MS
    night(market.world, "forget-orders")
    assert market.buyer().get(late).status_code == 404

    market.tablet.sync()
    kinds = {one.values["kind"] for one in market.tablet.store.list("task")}
    assert kinds == {"follow_up", "tell"}
    assert market.tablet.store.list("offer")[0].values["product"] == "Miel de thym"


def test_what_is_taken_down_paused_withdrawn_or_over_is_seen_by_nobody(market):
    market.register("market")
    market.publish()
    market.offer()
    _, (offer,) = market.public()
    page = f"/desk/offers/{offer.rsplit('/', 1)[1]}"
    amina = market.clerk("amina")
    assert page in amina.get("/desk/offers").text
    assert page in amina.get(f"/desk/enterprises/{UUID(bytes=market.enterprise)}").text
    assert amina.send(page, page).status_code == 422  # no reason
    amina.send(page, page, taken_down_why="Photo d'un autre produit.")
    assert market.public()[1] == []
    assert market.doors.get(offer).status_code == 404
    own = f"/portal/market/offers/{offer.rsplit('/', 1)[1]}"
    assert "Photo d&#39;un autre produit." in market.portal.get(own).text
    market.portal.send(own, own, act="show")  # not the enterprise's to undo
    assert market.public()[1] == []
    amina.send(page, page, act="back")
    assert market.public()[1] == [offer]

    # Nor is what is paused, what its enterprise does not agree to any more, or what is over.
    market.portal.send(own, own, act="pause")
    assert market.public()[1] == []
    market.portal.send(own, own, act="show")
    assert market.public()[1] == [offer]
    of = str(UUID(bytes=market.enterprise))
    market.world.now += 60_000
    market.portal.send(market.mine, "/portal/market/mine", of=of, act="withdraw")
    assert market.public()[1] == []
    market.world.now += 60_000
    market.publish()
    assert market.public()[1] == [offer]
    market.world.now += 31 * DAY_MS
    assert market.public()[1] == []


def test_one_phone_orders_no_more_than_is_left_nor_of_itself_nor_without_end(market):
    market.register("market")
    market.publish()
    for number in range(7):
        market.offer(product=f"Miel {number}", quantity="3")
    offers = market.public()[1]
    assert len(offers) == 7
    own = market.order(market.portal, offers[0])
    assert own.status_code == 422
    assert SAY("refusal.order_of_own") in own.text
    market.world.now += 3_600_000
    buyer = market.buyer()
    too_many = market.order(buyer, offers[0], quantity="4")
    assert "Il n&#39;en reste que 3" in too_many.text
    assert market.order(buyer, offers[0], quantity="0").status_code == 422
    answers = [market.order(buyer, offer).status_code for offer in offers]
    assert answers == [200] * 5 + [422] * 2
    stranger = market.buyer(phone="0677777777")
    url = market.order_url(buyer)
    assert stranger.get(url).status_code == 404
    assert market.doors.get(url).status_code == 303

    own = f"/portal/market/offers/{offers[0].rsplit('/', 1)[1]}"
    assert stranger.get(own).status_code == 404
    assert stranger.get(market.mine).status_code == 404
    photo = market.world.database.write(
        lambda work: (
            work.insert("document", {"commune_code": HOME, "type": "CNIE"}, Author(None)).record_id
        )
    )
    form = {"photo_id": str(UUID(bytes=photo)), "was_photo_id": "", "base_rev": "1"}
    refused = market.portal.send(own, own, **form)
    assert refused.status_code == 422
    assert market.doors.get(own.replace("offers", "photos")).status_code == 404


def night(world, name):
    step = declared()[name].step
    world.database.write(lambda work: step(work, None))
