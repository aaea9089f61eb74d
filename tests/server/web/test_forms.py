"""A field of a form is typed, read, refused, written and mirrored alike wherever it stands."""

import ast
import re
from pathlib import Path
from uuid import UUID

import pytest

from mobile_app.screens.inputs import Inputs
from server.accounts import visitors
from server.portal.queries import catalogue
from server.portal.registration import read_registration
from server.web.asked import Asked
from server.web.forms import FormWrong
from sync.entities import ENTITIES, forms
from sync.errors import Refusal
from sync.languages import LANGUAGES
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.rules.codes import reference_id
from sync.spec import PLAIN
from sync.wording import as_typed, in_words
from tests.mobile_app.scenes import a_context
from tests.server.web.test_deciding_pages import post
from tests.world import HOME

ROOT = Path(__file__).parents[3]
FIELDS = [(entity, spec) for entity in ENTITIES for spec in entity.fields if spec.form != PLAIN]
OF_FIELDS = pytest.mark.parametrize(
    ("entity", "spec"), FIELDS, ids=lambda one: getattr(one, "name", "")
)
TYPED = {
    "phone": {"\u202a+212 (0)6 12-34 56 78\u202c": "+212612345678", "+33 6": "phone_wrong"},
    "ice": {
        "999 0000 0100-0075": "999000001000075", "12": "ice_length", "999000001000076": "ice_wrong",
    },
    "email": {" amal@coop.ma": "amal@coop.ma", "amal at coop": "email_wrong"},
    "card": {"jb-123 456": "JB123456", "1234": "card_wrong"},
    "rna": {"ma-12/34": "MA-12/34", "???": "rna_wrong"},
    "tax_id": {"40-123-456": "40123456", "x": "tax_id_wrong"},
    "trade_register": {"1234,  Tiznit": "1234 Tiznit", "Tiznit": "trade_register_wrong"},
    "cnss": {"123 456 789": "123456789", "12": "cnss_wrong"},
    "rib": {
        "225 810 0000000000000001 46": "225810000000000000000146",
        "MA64 2258 1000 0000 0000 0000 0146": "225810000000000000000146",
        "225": "rib_length", "225810000000000000008100": "rib_wrong",
    },
    "hours": {"mo-fr 8:30–16:30": "Mo-Fr 08:30-16:30", "tous les jours": "hours_wrong"},
    "web_address": {" nuqta.example ": "nuqta.example"},
    "place": {" Tamast\u200f": "Tamast"},
}  # fmt: skip
"""Form -> what is typed, and the value that is kept of it or the refusal's code."""


def outcome(read):
    try:
        return read()
    except Refusal as refusal:
        return refusal.code


def test_every_form_is_tried():
    assert set(TYPED) == set(forms.FORMS) == {spec.form.name for _, spec in FIELDS}


@OF_FIELDS
def test_a_field_is_read_by_its_form_on_tablet_and_desk(tmp_path, entity, spec):
    context = a_context(tmp_path, "fr")
    allowed = {"subject": forms.NATIONAL_CARD, "reference": "D-GC-1/2026"}
    record_id = reference_id("authorisation", forms.NATIONAL_CARD)
    context.opened.put("authorisation", allowed, record_id)
    for typed, kept in TYPED[spec.form.name].items():
        inputs = Inputs(context, entity)
        inputs.type(spec.name, typed)
        read = outcome(lambda typed=typed: read_typed(entity, spec.name, typed))
        assert read == kept
        if spec.name in inputs.problems:
            with pytest.raises(Refusal) as refused:
                read_typed(entity, spec.name, typed)
            assert inputs.problems[spec.name] == context.sentence(refused.value)
        else:
            assert inputs.values[spec.name] == kept


@pytest.mark.parametrize("page", ["person", "enterprise", "contact_point"])
def test_a_page_of_the_desk_asks_for_a_field_by_its_form(world, tablet, client, page):
    record = tablet.put(page, commune_code=HOME, name_fr="Amal").record_id
    tablet.sync()
    folder = {"person": "people", "enterprise": "enterprises", "contact_point": "points"}[page]
    address, seen = f"/desk/{folder}/{record.hex()}", 0
    drawn = client.get(address + "?lang=ar").text
    shown = {"name_fr": "Amal", "commune_code": HOME, "kind": "", "status": ""}
    for entity, spec in FIELDS:
        found = re.search(rf'<input class="in" type="(\w+)"[^>]* name="{spec.name}"([^>]*)>', drawn)
        if entity.name != page or not found:
            continue
        seen += 1
        assert (found[1] == "tel") == (spec.form.keys == "tel")
        assert ('dir="ltr"' in found[2]) == spec.form.is_left_to_right
        if spec.form.keys not in ("text", "tel"):
            assert f'inputmode="{spec.form.keys}"' in found[2]
        for typed, kept in TYPED[spec.form.name].items():
            answer = post(client, address, **shown, **{spec.name: typed})
            stored = world.get(page, record)[spec.name]
            assert answer.status_code == (303 if stored == kept else 422), (spec.name, typed)
            assert stored == kept or kept.startswith(spec.form.name)
    assert seen


class Silent:
    def send(self, phone, body):
        self.phone = phone


@pytest.mark.parametrize("typed", TYPED["phone"])
def test_the_portal_reads_a_phone_as_the_desk_does(world, typed):
    silent = Silent()

    def enter():
        visitors.send_code(world.database, silent, typed, words="{code}")
        return silent.phone

    assert outcome(enter) == TYPED["phone"][typed]


@pytest.mark.parametrize("typed", TYPED["ice"])
def test_the_portal_reads_an_ice_as_the_desk_does(typed):
    form = {
        "kind": "cooperative",
        "legal_form": "cooperative",
        "commune_code": HOME,
        "name": "Amal",
        "ice": typed,
        "consent_programme_record": "yes",
        "services": next(iter(catalogue("fr", "cooperative"))),
    }

    def register():
        return read_registration(Asked(form.items()), "fr").values.get("ice", "")

    assert outcome(register) == TYPED["ice"][typed]


def sentences(page):
    return re.findall(r'<p class="problem-line" id="(\w+)-problem"', page)


def test_a_form_says_all_that_is_wrong_at_once_and_keeps_what_was_typed(world, tablet, client):
    record = tablet.put("enterprise", commune_code=HOME, name_fr="Amal").record_id
    tablet.sync()
    address = f"/desk/enterprises/{UUID(bytes=record)}"
    page = post(client, address, ice="12", phone="+33 6", contact_name="Salma")

    assert page.status_code == 422
    assert sentences(page.text) == ["phone", "ice"]
    assert all(f'value="{typed}"' in page.text for typed in ("12", "+33 6", "Salma"))
    assert '<details class="card card-fold" open>' in page.text


def test_the_portal_says_all_that_is_wrong_at_once():
    with pytest.raises(FormWrong) as refused:
        read_registration(Asked([("kind", "cooperative"), ("ice", "12"), ("name", "  ")]), "fr")

    said = [(refusal.code, refusal.values["field"]) for refusal in refused.value.refusals]
    assert said == [
        ("field_missing", "name_ar"),
        ("ice_length", "ice"),
        ("field_missing", "legal_form"),
        ("field_missing", "province"),
        ("field_missing", "commune_code"),
        ("service_missing", "services"),
        ("consent_missing", "consent_programme_record"),
    ]


@OF_FIELDS
@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_what_is_shown_of_a_field_is_mirrored_by_its_form(entity, spec, language):
    phrases = Phrases(language, {})
    kept = next(iter(TYPED[spec.form.name].values()))
    assert read_typed(entity, spec.name, as_typed(phrases, entity, spec.name, kept)) == kept
    written = in_words(phrases, entity, spec.name, kept)
    assert ("\u2066" in written) == spec.form.is_left_to_right


def fields_named(path):
    """Yield each field with a form that a module tells from others, or lists with its like."""
    names = {spec.name for _, spec in FIELDS}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            # Not what stands before an `in`: that asks for a value, and not which field it is.
            sides = node.comparators + ([] if isinstance(node.ops[0], ast.In) else [node.left])
            found = [one for side in sides for one in [side, *getattr(side, "elts", [])]]
        elif isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
            found = node.keys if isinstance(node, ast.Dict) else node.elts
            if len(found) < 2 or not all(getattr(one, "value", None) in names for one in found):
                continue
        else:
            continue
        yield from (one.value for one in found if getattr(one, "value", None) in names)


def test_no_second_place_knows_which_fields_have_a_form():
    allowed = {
        ("mobile_app/screens/visit/presenter.py", "phone"),  # a channel of that name
        ("server/pilot/staff.py", "cnss"),  # an office of that name
    }
    found = {
        (str(path.relative_to(ROOT)), name)
        for folder in ("sync", "server", "mobile_app")
        for path in (ROOT / folder).rglob("*.py")
        for name in fields_named(path)
    }
    assert found - allowed == set(), "give the field a form: sync.entities.forms"
