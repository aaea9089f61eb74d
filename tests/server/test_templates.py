"""What a phone is sent: whole in each language, and within the segments that it may cost."""

import re

import pytest
from bidi import get_display

from server.phrases import LOCALE
from server.reference import files
from server.sms.segments import plain, segments
from server.sms.templates import FOLLOWING, TEMPLATES, compose, cost, phrases_of, written_in
from sync.catalogues import parse_po
from sync.languages import FALLBACK, LANGUAGES
from sync.rules.codes import normal_code

EVERY = (*TEMPLATES, *FOLLOWING)
ENDS = {"notice.rejected": FOLLOWING, "notice.rejected.why": FOLLOWING}
"""Templates that others follow -> which may, one of them."""


def own(language):
    file = LOCALE / language / "messages.po"
    return parse_po(file.read_text("utf-8")) if file.exists() else {}


def longest(phrases, begins):
    words = (phrases.say(one) for one in phrases.messages if one.startswith(begins))
    return max(words, key=lambda one: len(plain(one)))


@pytest.fixture(params=LANGUAGES)
def phrases(request):
    return phrases_of(request.param)


@pytest.fixture
def values(phrases):
    """The longest of each value, and of those that are shortened far too much."""
    days = (phrases.day(20_000 + at) for at in range(366))
    papers = [one[phrases.language.code] for one in files.documents().values()]
    return {
        "code": "123456",
        "ref": "7F3K-9QXM",
        "day": max(days, key=len),
        "state": longest(phrases, "application.state."),
        "reason": longest(phrases, "application_step.reason."),
        "amount": f"{phrases.number(1_000_000)} {longest(phrases, 'offer.unit.')}",
        "papers": phrases.listed(papers),
        "product": "قفطان مطرز يدويا " * 12,
    }


def test_each_language_has_all_templates_or_none_and_no_other():
    assert {language: set(own(language)) - {"market.amount"} for language in LANGUAGES} == {
        language: set() if written_in(language) == FALLBACK.get(language) else set(EVERY)
        for language in LANGUAGES
    }
    assert [written_in(language) for language in ("ar", "fr", "en")] == ["ar", "fr", "en"]


def test_who_speaks_what_is_not_written_is_written_to_in_arabic():
    assert {written_in(one) for one in ("", "ary", "shi", "tzm", "rif", "unheard_of")} == {"ar"}


@pytest.mark.parametrize("begins", TEMPLATES)
def test_a_message_keeps_within_its_segments(phrases, values, begins):
    for follows in ENDS.get(begins, [None]):
        body = compose(phrases, begins, *filter(None, [follows]), **values)
        assert not re.search(r"[\[{]", body), "a code without words, or a value that lacks"
        assert cost(body) <= TEMPLATES[begins].segments


@pytest.mark.parametrize("begins", TEMPLATES)
@pytest.mark.parametrize("ref", ["7F3K-9QXM", "1234-A678", "1234-5678", "12AB-5678"])
def test_no_reference_is_turned_round_on_a_phone(phrases, values, begins, ref):
    body = plain(compose(phrases, begins, **{**values, "ref": ref, "code": ref}))
    seen = str(get_display(body, base_dir="R" if phrases.language.direction == "rtl" else "L"))
    if re.search("{(?:ref|code)}", phrases.messages[begins]):
        assert normal_code(ref) in seen.replace("-", "")


@pytest.mark.parametrize("begins", [one for one, it in TEMPLATES.items() if it.cut])
def test_a_value_is_shortened_no_more_than_it_must(phrases, values, begins):
    name, most = TEMPLATES[begins].cut, TEMPLATES[begins].segments
    body = compose(phrases, begins, **values)
    assert "…" in body
    room = segments(plain(body))
    letters = (134 // 2 if room.is_wide else 153) * most
    assert sum(len(part) // (1 + room.is_wide) for part in room.parts) >= letters - 4
    short = compose(phrases, begins, **{**values, name: "Miel"})
    assert "Miel" in short
    assert "…" not in short
