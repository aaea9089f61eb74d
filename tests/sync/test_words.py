"""The words in each language: none lacks, and what they leave open is what French leaves open."""

import ast
import dataclasses
import re
from pathlib import Path
from runpy import run_path

import pytest

from mobile_app.i18n import load_phrases
from server.phrases import LOCALE
from sync.catalogues import merge_catalogues, parse_po
from sync.entities import ENTITIES
from sync.languages import LANGUAGES
from sync.phrases import Phrases
from sync.spec import Kind
from sync.wording import in_words
from tests.few_values import few_values
from tests.test_house import refusals

ROOT = Path(__file__).parents[2]
FRENCH = load_phrases("fr").messages
OWN = {
    language: Phrases(
        LANGUAGES[language],
        merge_catalogues(
            parse_po(file.read_text(encoding="utf-8"))
            for file in sorted((LOCALE / language).glob("*.po"))
        ),
    )
    for language in ("fr", "ar", "en")
}
"""What each says itself, without what it would fall back to."""
DESK = ("desk.", "right.", "reach.")
"""How what the desk alone says begins, which speaks French and Arabic."""
PORTAL = re.compile(r'\{% extends "(?:portal|public/page)\.html" %\}|\bsite\.public\(')
"""What makes a template or a module one of the pages that are in English too."""
SAID = {"say", "count"}
NO_WORDS = {
    "desk.css", "portal.css", "agent.json", "visit.photo", "letter.sent", "letter.answer",
    "offer.json", "maturity.csv",
}  # fmt: skip
"""Files, and a kind of draft."""
FIRST_WORDS = {code.partition(".")[0] for code in FRENCH} - {"field", "state", "status", "type"}


def placeholders(text):
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_leaves_open_what_french_leaves_open(language):
    messages = load_phrases(language).messages
    assert messages.keys() == FRENCH.keys()
    for code, message in messages.items():
        # A form for none, one or two may say its number in words; the last one cannot.
        assert placeholders("".join(message)) == placeholders("".join(FRENCH[code])), code
        if isinstance(message, tuple):
            assert placeholders(message[-1]) == placeholders(FRENCH[code][-1]), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_counted_message_has_all_plural_forms(language):
    phrases = load_phrases(language)
    for code, message in phrases.messages.items():
        assert isinstance(message, tuple) == isinstance(FRENCH[code], tuple), code
        if isinstance(message, tuple):
            assert len(message) == phrases.language.plural_forms, code


@pytest.mark.parametrize("language", OWN)
@pytest.mark.parametrize("entity", ENTITIES, ids=lambda one: one.name)
def test_every_field_and_every_choice_has_its_words(entity, language):
    wanted = [
        code
        for spec in entity.fields
        if spec.kind is not Kind.KEY
        for code in (
            f"{entity.name}.field.{spec.name}",
            *(f"{entity.name}.{spec.name}.{one}" for one in spec.choices),
        )
    ]
    assert [code for code in wanted if OWN[language].message(code) is None] == []


@pytest.mark.parametrize("language", OWN)
def test_every_refusal_has_its_sentence(language):
    wanted = {f"refusal.{one.code}" for one in refusals()}
    assert sorted(wanted - OWN[language].messages.keys()) == []


def test_english_says_all_that_the_desk_does_not_say_alone():
    lacking = OWN["fr"].messages.keys() - OWN["en"].messages.keys()
    assert sorted(code for code in lacking if not code.startswith(DESK)) == []


def test_no_number_turns_round_in_arabic():
    """Behind an Arabic letter 55-19 is shown as 19-55: a dot keeps it, as the law's own text has.

    Unicode's W2 and W4: digits there are Arabic numbers, which only a comma, a dot, a slash or a
    colon joins. What must have another sign stands in an isolate.
    """
    turned = re.compile("[\u0600-\u06ff][^\u0600-\u06ffA-Za-z]*[0-9]+[-+ ]+[0-9]")
    isolate = re.compile("\u2066[^\u2069]*\u2069")
    messages = {
        (code, one)
        for code, message in OWN["ar"].messages.items()
        for one in ((message,) if isinstance(message, str) else message)
    }
    assert [pair for pair in messages if turned.search(isolate.sub("", pair[1]))] == []


def codes_of(path):
    """Yield what a module says: codes, and patterns of codes that it puts together."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.fullmatch(r"[a-z_]+(?:\.[a-z0-9_]+)+", node.value):
                yield node.value
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SAID and isinstance(node.args[0], ast.JoinedStr):
                yield "".join(
                    re.escape(part.value) if isinstance(part, ast.Constant) else r"[a-z0-9_.]+"
                    for part in node.args[0].values
                )


def said():
    """Return (path, code or pattern) of all that code and templates say."""
    found = []
    for folder in ("mobile_app", "server", "sync"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found += [(path, code) for code in codes_of(path)]
        for path in sorted((ROOT / folder).rglob("*.html")):
            text = path.read_text(encoding="utf-8")
            for code, goes_on in re.findall(r"(?:say|count)\(\s*\"([a-z0-9_.]+)\"(\s*~)?", text):
                found.append((path, code + r"[a-z0-9_.]+" if goes_on else code))
    return [
        (path, code)
        for path, code in found
        if code.partition(".")[0].rstrip("\\") in FIRST_WORDS and code not in NO_WORDS
    ]


def is_of_portal(path):
    """Tell whether a file is of a page for everybody or of the portal, not of the desk."""
    feature = path.relative_to(ROOT / "server").parts[0] if ROOT / "server" in path.parents else ""
    is_page = feature != "desk" and bool(PORTAL.search(path.read_text(encoding="utf-8")))
    return feature in ("portal", "public") or is_page


@pytest.mark.parametrize("language", OWN)
def test_what_code_and_pages_say_has_words(language):
    phrases = OWN[language]
    lacking = []
    for path, code in said():
        is_of_desk = code.replace("\\", "").startswith(DESK)
        if language == "en" and is_of_desk and not is_of_portal(path):
            continue
        shared = re.sub(r"^\w+\\?\.", "", code)  # what all entities say alike
        if not any(re.fullmatch(f"{code}|{shared}", one) for one in phrases.messages):
            lacking.append((path.name, code))
    assert lacking == []


def test_what_is_said_is_found():
    """The test above would hold nothing if it saw nothing."""
    codes = {code for _, code in said()}
    assert len(codes) > 500
    assert {"desk.nav.points", "form.hours", r"tablet\.theme\.[a-z0-9_.]+"} <= codes


@pytest.mark.parametrize("language", OWN)
def test_a_refusal_names_its_field_in_words(language):
    phrases = OWN[language]
    sentence = phrases.sentence("field_missing", {"entity": "contact_point", "field": "operator"})
    assert phrases.say("contact_point.field.operator") in sentence
    assert "operator" not in sentence


@pytest.mark.parametrize("language", OWN)
@pytest.mark.parametrize("entity", ENTITIES, ids=lambda one: one.name)
def test_no_value_is_shown_as_its_code(entity, language):
    phrases = OWN[language]
    for spec in entity.fields:
        if spec.kind is Kind.KEY:
            continue
        values = [
            one for one in few_values(spec) if one is not None and "unheard_of" not in str(one)
        ]
        for value in values:
            shown = in_words(phrases, entity, spec.name, value)
            assert shown
            assert not shown.startswith("[")
            if spec.kind in (Kind.CHOICE, Kind.CHOICES):
                several = value if isinstance(value, tuple) else (value,)
                words = [phrases.say(f"{entity.name}.{spec.name}.{one}") for one in several]
                assert shown == phrases.listed(words)
    assert in_words(phrases, entity, entity.fields[-1].name, None) == ""


def test_a_code_of_a_catalogue_is_shown_by_its_name():
    by_name = {entity.name: entity for entity in ENTITIES}
    french, names = OWN["fr"], {"S01": "Compte", "S02": "Aide"}
    shown = in_words(french, by_name["visit"], "services", ("S01", "S02"), names.__getitem__)
    assert shown == "Compte, Aide"
    assert in_words(french, by_name["consent"], "language", "ary") == "Darija"


def test_a_number_that_stands_for_a_word_is_shown_as_that_word():
    visit = next(entity for entity in ENTITIES if entity.name == "visit")
    assert in_words(OWN["fr"], visit, "satisfaction", 5) == "Très content"
    assert in_words(OWN["fr"], visit, "present_total", 5) == "5"


def test_a_year_is_shown_as_a_year_and_a_count_as_a_count():
    by_name = {entity.name: entity for entity in ENTITIES}
    french = OWN["fr"]
    assert in_words(french, by_name["person"], "birth_year", 1985) == "1985"
    assert in_words(french, by_name["enterprise"], "members_total", 1985) == "1\u202f985"
    assert in_words(french, by_name["application"], "amount_asked", 150050) == "1\u202f500,50"


def test_words_are_written_beside_those_of_their_like(tmp_path):
    add = run_path(str(ROOT / "packaging" / "add_words.py"))["add"]
    for path in (LOCALE / "fr").glob("*.po"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = parse_po((tmp_path / "entities.po").read_text(encoding="utf-8"))

    assert add(tmp_path, "contact_point.field.of_a_test", 'Route "nationale"').name == "entities.po"

    after = parse_po((tmp_path / "entities.po").read_text(encoding="utf-8"))
    codes = list(after)
    at = codes.index("contact_point.field.of_a_test")
    assert codes[at - 1].startswith("contact_point.field.")
    assert after == {**before, "contact_point.field.of_a_test": 'Route "nationale"'}
    with pytest.raises(SystemExit):
        add(tmp_path, "contact_point.field.of_a_test", "Route")


def test_the_first_words_of_an_entity_go_to_the_end_of_the_entities(tmp_path, monkeypatch):
    add = run_path(str(ROOT / "packaging" / "add_words.py"))["add"]
    complaint = dataclasses.replace(ENTITIES[-1], name="complaint")
    monkeypatch.setitem(add.__globals__, "ENTITIES", (*ENTITIES, complaint))
    for path in (LOCALE / "fr").glob("*.po"):
        (tmp_path / path.name).write_bytes(path.read_bytes())

    assert add(tmp_path, "complaint.about.agent", "Agent").name == "entities.po"

    after = parse_po((tmp_path / "entities.po").read_text(encoding="utf-8"))
    assert list(after)[-1] == "complaint.about.agent"
    with pytest.raises(SystemExit):
        add(tmp_path, "nobodys.about.agent", "Agent")
