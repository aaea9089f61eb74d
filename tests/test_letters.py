"""Receipts and letters on paper: printed, checked by anybody, and by a tablet without a network."""

import re
from ctypes import c_double
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp

from mobile_app.screens.proof.presenter import ProofPresenter
from server.letters.pdf import Seal, direction_of, draw
from server.phrases import load_phrases
from sync import proof
from sync.rules import codes
from tests import test_requests
from tests.mobile_app.scenes import a_context
from tests.test_requests import SAY, filed_page

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
walk = test_requests.walk


def an_answered_request(walk):
    """Return a request that the bank refused, its clerk's browser."""
    request = walk.register("bank-account")["bank-account"]
    walk.bring("CNIE", "ADDRESS")
    walk.file(request)
    clerk = walk.clerk("clerk.cam")
    clerk.send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    walk.answer(
        clerk, request, "rejected", reason="papers_not_valid", words="La carte est périmée."
    )
    return request, clerk


def paper(browser, page, kind):
    answer = browser.get(f"{page}/printed/{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return pypdfium2.PdfDocument(answer.content)


def text_of(pdf):
    return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def seen_on(pdf):
    """Return the lines of a paper as the eye has them, each from left to right."""
    lines = {}
    x, y = c_double(), c_double()
    for number, page in enumerate(pdf):
        text = page.get_textpage()
        for at in range(text.count_chars()):
            pypdfium2.raw.FPDFText_GetCharOrigin(text, at, x, y)
            if (one := text.get_text_range(at, 1)).isprintable():  # no isolate, which has no width
                lines.setdefault((number, -round(y.value)), []).append((x.value, one))
    return ["".join(one for _, one in sorted(lines[place])) for place in sorted(lines)]


def picture_of(pdf, page=0, scale=3):
    return pdf[page].render(scale=scale).to_pil()


def square_on(pdf):
    (found,) = zxingcpp.read_barcodes(
        picture_of(pdf, len(pdf) - 1).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    return found.text


def portal(request):
    return f"/portal/requests/{UUID(bytes=request)}"


def facts_of(text):
    return dict(re.findall(r"<dt[^>]*>([^<]*)</dt><dd>(.*?)</dd>", text))


def test_receipt_and_letter_are_printed_in_both_languages_with_their_numbers_as_they_are(walk):
    request, clerk = an_answered_request(walk)
    assert f"{portal(request)}/printed/receipt" in filed_page(walk, request)
    pdf = paper(walk.portal, portal(request), "receipt")
    receipt = text_of(pdf)
    number = re.search(r"20\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt)[0]
    seen = seen_on(pdf)
    assert sum(line.count(number) for line in seen) == 2, (
        "also beside an Arabic word it does not turn round"
    )
    assert "وصل إيداع" in receipt
    assert "périmée" not in receipt
    letter = text_of(paper(clerk, f"/desk/queue/{UUID(bytes=request)}", "letter"))
    assert letter.count("La carte est périmée.") == 1
    assert "Motif" in letter
    assert walk.portal.get(f"{portal(request)}/printed/other").status_code == 404
    stranger = walk.clerk("clerk.onca")
    page = f"/desk/queue/{UUID(bytes=request)}/printed/letter"
    assert stranger.get(page).status_code == 404


def test_anybody_learns_whether_a_paper_is_genuine_changed_or_withdrawn(walk):
    request, clerk = an_answered_request(walk)
    pdf = paper(walk.portal, portal(request), "letter")
    square = square_on(pdf)
    assert square == square.upper()
    path = square[square.index(proof.PAPER_PATH) :]
    french = {"cookie": "lang=fr"}
    told = walk.doors.get(path, french)
    assert SAY("verify.genuine") in told.text
    assert "Tamounte" in told.text
    assert "périmée" not in told.text, "no more than is to be compared"
    typed = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", text_of(pdf))[0]
    by_code = walk.doors.post("/verify", french, code=typed.lower().replace("-", " "))
    assert facts_of(by_code.text) == facts_of(told.text)
    changed = path[:-40] + ("0" if path[-40] != "0" else "1") + path[-39:]
    refused = walk.doors.get(changed, french)
    assert refused.status_code == 422
    assert SAY("verify.changed").replace("'", "&#39;") in refused.text
    assert "Tamounte" not in refused.text
    walk.act(request, "appeal")
    assert SAY("verify.genuine") in walk.doors.get(path, french).text
    walk.world.now += 60_000
    walk.answer(clerk, request, "approved")
    late = walk.doors.get(path, french)
    assert SAY("verify.withdrawn").replace("'", "&#39;") in late.text
    assert "approuv" not in late.text.lower(), "what came in its place is not told"
    receipt = square_on(paper(walk.portal, portal(request), "receipt"))
    receipt = receipt[receipt.index(proof.PAPER_PATH) :]
    assert SAY("verify.genuine") in walk.doors.get(receipt, french).text
    walk.act(request, "withdraw")
    assert SAY("verify.genuine") not in walk.doors.get(receipt, french).text


def test_whoever_guesses_codes_learns_nothing_and_is_stopped(walk):
    request, _ = an_answered_request(walk)
    ref = codes.short_code(request)
    answers = [
        walk.doors.post("/verify", {"cookie": "lang=fr"}, code=f"{ref}-0000-{n:04d}")
        for n in range(31)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert answers[-1].status_code == 429
    of_none = walk.doors.get("/verify/" + "0" * 300, {"cookie": "lang=fr"})
    assert of_none.status_code == 422, "a square is signed: nobody needs to be counted"
    assert not any("Tamounte" in answer.text for answer in answers)


def test_a_tablet_checks_a_paper_without_a_network(walk, tmp_path):
    request, _ = an_answered_request(walk)
    walk.tablet.sync()
    square = square_on(paper(walk.portal, portal(request), "letter"))
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    context = a_context(elsewhere, "fr")
    assert ProofPresenter(context, square).problem, "linked to no server"
    context.opened.kept.server_key = walk.tablet.store.kept.server_key
    found = ProofPresenter(context, square)
    assert not found.problem
    assert not found.is_replaced()
    assert any("Tamounte" in value for _, value, _ in found.facts())
    forged = square[:-9] + ("0" if square[-9] != "0" else "1") + square[-8:]
    for text in (forged, square[:-20], "HTTPS://X/VERIFY/", "HTTPS://X/VERIFY/" + "Z" * 5_000):
        wrong = ProofPresenter(context, text)
        assert wrong.problem
        assert not wrong.facts()


def drawn(arabic, french):
    """Return a paper that says in each column what is given, and nothing else."""
    named = ("office", "on", "subject", "greeting", "body", "decided", "reason", "amount", "after")
    empty = {**dict.fromkeys((*named, "words"), ""), "number": "1", "pieces": []}
    columns = [
        {**empty, "language": load_phrases(code).language, **said}
        for code, said in (("ar", arabic), ("fr", french))
    ]
    return pypdfium2.PdfDocument(draw(columns, ["", ""], Seal("X", "X", "X")))


def test_a_number_that_was_typed_in_arabic_words_does_not_turn_round():
    pdf = drawn({"words": "رقم 2026-004217 يوم 3/4/2026"}, {})
    (line,) = (line for line in seen_on(pdf) if "004217" in line)
    assert line == "3/4/2026 موي 2026-004217 مقر"


def test_a_name_of_the_other_script_stands_on_the_side_of_its_column():
    page = drawn({"greeting": "Rkia"}, {"greeting": "فاطمة"})[0]
    text, width = page.get_textpage(), page.get_width()
    at = text.get_text_range().index("Rkia") + 3
    assert text.get_charbox(at)[2] > 0.9 * width  # the name's end, at the margin
    lefts = [text.get_charbox(at)[0] for at, one in enumerate(text.get_text_range()) if one > "ء"]
    assert min(lefts) < 0.1 * width


def test_a_paragraph_has_the_direction_of_its_own_first_letter():
    assert direction_of("2026 طلب") == "rtl"
    assert direction_of("Coopérative تامونت") == "ltr"
    assert direction_of("\u2068Tamounte\u2069 طلب") == "rtl"
    assert direction_of("…") == "ltr"
