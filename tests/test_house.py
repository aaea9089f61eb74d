"""House rules: what holds for the tree as a whole. Each message says what to do instead."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from mobile_app.store import schema
from server.db.tables import COLUMN_TYPES, TABLES
from server.phrases import load_phrases
from sync import field_columns
from sync.entities import ENTITIES
from sync.errors import Refusal, SyncError
from sync.spec import Kind
from tests.few_values import BY_KIND

ROOT = Path(__file__).parent.parent
BANNED = {"utils", "helpers", "common", "misc", "core", "manager", "handler", "processor", "data"}


def tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_module_is_named_for_nothing():
    named = [path for path in tracked() if path.suffix == ".py" and path.stem in BANNED]
    assert named == [], "name the module for what it holds"


def test_a_civil_day_is_asked_of_local_time_and_never_counted_in_utc():
    counted = re.compile(r"// *(?:\w+\.)?_?(?:DAY_MS|MS_PER_DAY|86_?400_?000)\b")
    partition, elapsed = "sync/scopes.py", "mobile_app/store/lease.py"
    allowed = {"sync/local_time.py", partition, elapsed}
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in ("sync", "server", "mobile_app")
        and counted.search(path.read_text(encoding="utf-8"))
    ]
    assert set(found) - allowed == set(), "local_time.day_of, day_start"


def test_what_people_type_is_folded_in_one_place():
    own_way = re.compile(r"\.(?:strip|isdigit|isnumeric)\(\)|unicodedata\.|int\((?:str\()?form")
    asked = re.compile(
        r"server/(?:desk|reviews|tablets|people|points|visits|portal|accounts|db|applications)"
        r"|server/settings"
        r"|mobile_app/(?:screens|store|shell)"
    )
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py"
        and asked.match(str(path.relative_to(ROOT)))
        and own_way.search(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "sync.typed, sync.reading"


def test_no_absolute_path_or_registry_is_committed():
    address = re.compile(rb"(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)/\w|/work/|/root/")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".lock", ".in", ".sh", ".json", ".po", ""}
        and path.name != "test_house.py"
        and address.search(path.read_bytes())
    ]
    assert found == []


def test_the_lock_has_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock


def test_every_kind_is_in_every_derivation():
    for derivation in (COLUMN_TYPES, schema.COLUMN_TYPES, field_columns.FORM):
        assert set(derivation) == set(Kind)
    assert set(BY_KIND) | {Kind.CHOICE, Kind.CHOICES} == set(Kind)


def test_every_field_has_a_column_on_the_server():
    for entity in ENTITIES:
        columns = set(TABLES.records[entity.name].c.keys())
        assert {field.name for field in entity.fields} <= columns


def test_parents_stand_before_their_children():
    seen = set()
    late = {("mandate", "document_id")}
    for entity in ENTITIES:
        seen.add(entity.name)
        for field in entity.fields:
            # A field that came later than its entity may refer to one that came later still.
            if field.since <= entity.since and (entity.name, field.name) not in late:
                assert field.refers_to in {"", *seen}, (
                    f"{entity.name}.{field.name}: {field.refers_to} goes before {entity.name}"
                )


def refusals():
    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    import server.cli.main  # noqa: F401
    from mobile_app import headless  # noqa: F401

    ours = ("sync.", "server.", "mobile_app.")
    return [
        one
        for base in (Refusal, SyncError)
        for one in below(base)
        if one.__module__.startswith(ours)
    ]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_refusal_has_words(language):
    words = load_phrases(language)
    for refusal in refusals():
        sentence = words.say(f"refusal.{refusal.code}")
        assert not sentence.startswith("["), f"refusals.po lacks refusal.{refusal.code}"


def test_both_languages_say_the_same_codes():
    from sync.catalogues import parse_po

    for file in sorted((ROOT / "sync" / "locale" / "fr").glob("*.po")):
        other = ROOT / "sync" / "locale" / "ar" / file.name
        assert set(parse_po(file.read_text())) == set(parse_po(other.read_text())), file.name


def test_a_language_that_falls_back_says_no_code_of_its_own():
    from sync.catalogues import parse_po
    from sync.languages import FALLBACK

    for language, other in FALLBACK.items():
        files = (ROOT / "sync" / "locale" / other).glob("*.po")
        known = {code for file in files for code in parse_po(file.read_text())}
        for file in sorted((ROOT / "sync" / "locale" / language).glob("*.po")):
            assert set(parse_po(file.read_text())) <= known, file.name


def test_nothing_beside_the_declaration_lists_the_fields_of_an_entity():
    person = next(entity for entity in ENTITIES if entity.name == "person")
    names = [field.name for field in person.fields[1:-3]]
    for path in tracked():
        # A form says which fields it asks, and in which order: that is what it is for.
        allowed = {"entities", "pilot", "versions", "forms.py"}
        if path.suffix == ".py" and not allowed & set(path.parts):
            text = path.read_text(encoding="utf-8")
            found = [name for name in names if f'"{name}"' in text]
            assert len(found) < len(names) - 4, f"{path} lists the fields of person"


@pytest.mark.filterwarnings(
    # PostgreSQL alone has them, and compares them.
    "ignore:autogenerate skipping metadata-specified expression-based index:UserWarning"
)
def test_the_schema_of_the_migrations_is_that_of_the_tables(tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from server.db.engine import Engines
    from server.db.indexed import is_everywhere
    from server.db.schema import migrate

    engines = Engines(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engines, TABLES, epoch=bytes(8))
    with engines.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_everywhere})
        assert compare_metadata(context, TABLES.metadata) == []
    engines.close()


def test_the_generated_pages_are_current():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "packaging" / "build_docs.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    for name, page in pages.PAGES.items():
        assert (ROOT / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_reference_that_ships_with_the_app_is_current():
    path = ROOT / "packaging" / "build_app_reference.py"
    spec = importlib.util.spec_from_file_location("app_reference", path)
    built = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(built)
    shipped = (ROOT / "mobile_app" / "assets" / "reference.json").read_text(encoding="utf-8")
    assert shipped == built.content(), "run packaging/build_app_reference.py"


def test_what_is_long_says_why():
    path = ROOT / "packaging" / "sizes.py"
    spec = importlib.util.spec_from_file_location("sizes", path)
    sizes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sizes)
    found = {size.place: size for size in sizes.of_tree()}
    assert len(found) > 1_000
    assert [place for place, size in found.items() if size.is_fault] == [], "make sizes"
    lines = "".join(f"    a{at} = {at}\n" for at in range(sizes.FUNCTION_LINES_MAX))
    for reason, is_fault in (("", True), ("    # Long: one table.\n", False)):
        (_, function) = sizes.sizes("a.py", f"def long():\n{reason}{lines}")
        assert function.is_fault is is_fault
