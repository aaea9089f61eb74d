"""What a reader is told: words, plurals, numbers and dates, in each language."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

import mobile_app.i18n
import server.phrases
from server.phrases import LOCALE, load_all_phrases, load_phrases
from sync import local_time
from sync.catalogues import CatalogueFault, parse_po
from sync.languages import ARABIC, ENGLISH, FRENCH, LANGUAGES
from sync.phrases import Phrases

FR, AR = Phrases(FRENCH, {}), Phrases(ARABIC, {})
MORNING = int(datetime(2026, 11, 24, 9, 31, tzinfo=UTC).timestamp() * 1000)
DAY = MORNING // local_time.MS_PER_DAY
PO = """
msgid ""
msgstr "Language: fr\\n"

# a comment
#: somewhere:3
msgid "visit.saved"
msgstr ""
"Enregistrée. "
"Elle partira \\"ce soir\\"."

msgid "visit.count"
msgid_plural "visit.count"
msgstr[0] "une visite"
msgstr[1] "{n} visites"

#, fuzzy
msgid "visit.doubtful"
msgstr "peut-être"

#~ msgid "visit.old"
#~ msgstr "ancien"
"""


def test_a_po_file_gives_its_sure_messages():
    assert parse_po(PO) == {
        "visit.saved": 'Enregistrée. Elle partira "ce soir".',
        "visit.count": ("une visite", "{n} visites"),
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', "a: appears twice"),
        ('msgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"', "blank line"),
        ("msgid a", "not a line"),
        ('"loose"', "not a line"),
        ('msgid "a"\nmsgid_plural "a"\nmsgstr[1] "x"', "numbered from 0"),
    ],
)
def test_a_file_that_is_not_po_is_refused(text, fault):
    with pytest.raises(CatalogueFault, match=fault):
        parse_po(text)


def test_a_code_worded_in_two_files_is_refused(tmp_path):
    (tmp_path / "fr").mkdir()
    for name in ("a.po", "b.po"):
        (tmp_path / "fr" / name).write_text('msgid "x"\nmsgstr "y"\n', encoding="utf-8")

    with pytest.raises(CatalogueFault, match="x: worded in two files"):
        load_phrases("fr", tmp_path)


def test_a_plural_form_that_lacks_is_refused(tmp_path):
    (tmp_path / "ar").mkdir()
    (tmp_path / "ar" / "a.po").write_text(
        'msgid "x"\nmsgid_plural "x"\nmsgstr[0] "a"\nmsgstr[1] "b"\n', encoding="utf-8"
    )

    with pytest.raises(CatalogueFault, match="ar x: needs 6 plural forms"):
        load_phrases("ar", tmp_path)


def test_every_language_words_the_same_codes():
    fr, ar = (phrases.messages for phrases in load_all_phrases().values())

    assert fr.keys() == ar.keys()


def test_english_words_all_that_a_tablet_says():
    """The desk and the portal speak Arabic and French alone; what an agent reads is whole."""
    french = {
        code
        for file in (LOCALE / "fr").glob("*.po")
        if not file.stem.startswith(("desk", "portal", "requests"))
        for code in parse_po(file.read_text("utf-8"))
    }
    english = {
        code for file in (LOCALE / "en").glob("*.po") for code in parse_po(file.read_text("utf-8"))
    }
    assert french - english == set()


def test_a_consent_is_asked_in_one_language():
    """Who is asked understands the question and both answers, or none of them."""

    def asked(language):
        files = (LOCALE / language).glob("*.po")
        codes = {code for file in files for code in parse_po(file.read_text("utf-8"))}
        begins = ("consent.text.", "consent.refusal.", "tablet.consent.")
        return {code for code in codes if code.startswith(begins)}

    whole = asked("fr")
    assert {language: asked(language) for language in ("ar", "en")} == {"ar": whole, "en": whole}
    assert asked("zgh") in (set(), whole)


def test_a_code_without_words_shows_itself():
    assert FR.say("visit.nowhere") == "[visit.nowhere]"
    assert FR.count("visit.nowhere", 2) == "[visit.nowhere]"


def test_a_value_nobody_gave_shows_its_name():
    assert Phrases(FRENCH, {"a": "le {day}"}).say("a") == "le {day}"


def test_a_value_may_have_any_name():
    assert Phrases(FRENCH, {"a": "{code} {self} {n}"}).say("a", code="7F3K", n=3) == "7F3K {self} 3"


def test_a_count_takes_the_plural_form_of_its_language():
    forms = tuple(f"{form} {{n}}" for form in ("zero", "one", "two", "few", "many", "other"))
    arabic = Phrases(ARABIC, {"c": forms})
    french = Phrases(FRENCH, {"c": ("{n} visite", "{n} visites")})

    cases = {0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many"}
    cases |= {100: "other", 102: "other", 103: "few", 111: "many", 200: "other"}
    assert {n: arabic.count("c", n).split()[0] for n in cases} == cases
    assert french.count("c", 0) == "0 visite"
    assert french.count("c", 1) == "1 visite"
    assert french.count("c", 2000) == "2\u202f000 visites"


@pytest.mark.parametrize("read", [server.phrases.load_phrases, mobile_app.i18n.load_phrases])
def test_a_french_sign_stays_on_the_line_of_its_word(read):
    """On tablet, desk and portal: a narrow space before a sign, a wider one within quotes."""
    messages = read("fr").messages
    forms = {code: (one,) if isinstance(one, str) else one for code, one in messages.items()}
    found = [form for every in forms.values() for form in every]
    assert not [form for form in found if re.search("[ \u00a0][:;?!]|« | »", form)]
    assert any("\u202f:" in form for form in found)
    assert any("«\u00a0" in form for form in found)
    assert not [one for one in read("ar").messages.values() if "\u202f" in "".join(one)]


def test_what_says_one_in_words_does_not_say_it_of_none():
    french = Phrases(FRENCH, {"c": ("une visite", "{n} visites")})
    assert [french.count("c", n) for n in (0, 1, 2)] == ["0 visites", "une visite", "2 visites"]
    forms = ("aucune", "une", "deux", "{n} few", "{n} many", "{n} other")
    assert Phrases(ARABIC, {"c": forms}).count("c", 0) == "aucune"


def test_a_text_of_the_other_script_is_isolated_in_a_sentence():
    message = {"met": "{who}"}

    assert Phrases(ARABIC, message).say("met", who="Fatima") == "\u2068Fatima\u2069"
    assert Phrases(ARABIC, message).say("met", who="10:31") == "\u206810:31\u2069"
    assert Phrases(ARABIC, message).say("met", who="فاطمة") == "فاطمة"
    assert Phrases(FRENCH, message).say("met", who="فاطمة") == "\u2068فاطمة\u2069"
    assert Phrases(FRENCH, message).say("met", who="Fatima") == "Fatima"
    phone = AR.phone("+212612345678")
    assert Phrases(ARABIC, message).say("met", who=phone) == phone


def test_a_list_of_both_scripts_stands_in_the_direction_of_its_language():
    message, places = {"at": "{place}"}, ("Dar Taliba", "تالماكانت")
    rtl, ltr = "\u200f", "\u200e"

    arabic = Phrases(ARABIC, message)
    assert arabic.listed(places) == f"{rtl}Dar Taliba{rtl}، تالماكانت"
    # What isolates it takes the direction of its first mark.
    assert arabic.say("at", place=arabic.listed(places))[:2] == f"\u2068{rtl}"
    assert arabic.listed(("Igli", "Tiout")) == f"{rtl}Igli{rtl}، Tiout"
    assert arabic.listed(("إكلي", "تيوت")) == "إكلي، تيوت"
    assert arabic.listed(["Igli"]) == "Igli"
    assert FR.listed(reversed(places)) == f"{ltr}تالماكانت{ltr}, Dar Taliba"
    assert FR.listed(("Igli", "Tiout")) == "Igli, Tiout"


def test_days_are_written_with_moroccan_months():
    assert FR.day(DAY) == "24 novembre 2026"
    assert FR.day(DAY, "weekday") == "mardi 24 novembre 2026"
    assert FR.day(DAY, "short") == "24 nov."
    assert FR.day(DAY + 7) == "1er décembre 2026"
    assert AR.day(DAY, "weekday") == "الثلاثاء 24 نونبر 2026"
    assert AR.day(DAY, "short") == "24 نونبر"
    assert AR.day(DAY, "digits") == "\u206624/11/2026\u2069"


def test_moments_are_written_in_local_time():
    assert FR.moment(MORNING) == "24 novembre 2026 à 10:31"
    assert FR.moment(MORNING, "short") == "24 nov. 10:31"
    assert FR.moment(MORNING, "digits") == "\u206624/11 10:31\u2069"
    assert AR.moment(MORNING) == "24 نونبر 2026 على الساعة 10:31"


def test_ramadan_is_at_universal_time():
    in_ramadan = int(datetime(2026, 3, 1, 9, 31, tzinfo=UTC).timestamp() * 1000)

    assert FR.time(in_ramadan) == "09:31"


def test_numbers_are_written_with_western_digits():
    assert (FR.number(14600), AR.number(14600)) == ("14\u202f600", "14.600")
    assert (FR.number(1.8, 1), AR.number(1.8, 1)) == ("1,8", "1,8")
    assert (FR.number(-3), AR.number(-3)) == ("\u22123", "\u2066\u22123\u2069")
    assert FR.scaled(240, 2) == "2,40"
    english = Phrases(ENGLISH, {})
    assert (english.scaled(123450, 2), english.percent(0.714)) == ("1,234.50", "71.4%")
    assert (FR.percent(0.714), AR.percent(0.714)) == ("71,4\u00a0%", "71,4%")
    assert FR.percent(0.5, 0) == "50\u00a0%"


def test_bytes_are_written_in_the_unit_people_know():
    assert FR.bytes(310_000) == "310\u00a0ko"
    assert FR.bytes(2_140_000_000) == "2,1\u00a0Go"
    assert FR.bytes(80_000_000) == "80\u00a0Mo"
    assert AR.bytes(999) == "999\u00a0بايت"
    assert AR.bytes(6_200) == "6\u00a0ك.ب"


def test_a_phone_is_written_as_people_do_and_isolated():
    assert AR.phone("+212612345678") == "\u206606 12 34 56 78\u2069"
    assert FR.phone("+33612345678") == "\u2066+33612345678\u2069"


def test_local_time_agrees_with_the_zone_data_of_this_machine():
    try:
        zone = ZoneInfo("Africa/Casablanca")
    except ZoneInfoNotFoundError:
        pytest.skip("this machine has no zone data")
    at = datetime(2024, 1, 1, tzinfo=UTC)
    while at < datetime(2029, 1, 1, tzinfo=UTC):
        ms = int(at.timestamp() * 1000)
        assert local_time.offset_ms(ms) == at.astimezone(zone).utcoffset().total_seconds() * 1000
        at += timedelta(hours=2)


def test_a_local_day_begins_at_its_first_moment():
    for day in range(DAY - 400, DAY + 400):
        start = local_time.day_start(day)
        assert local_time.day_of(start) == day
        assert local_time.day_of(start - 1) == day - 1
        assert local_time.minutes_of(start) == 0


def test_every_language_has_its_words_of_the_calendar():
    for language in LANGUAGES.values():
        lengths = [len(language.months), len(language.months_short), len(language.weekdays)]
        assert lengths == [12, 12, 7]
        assert {language.plural_form(n) for n in range(300)} == set(range(language.plural_forms))
