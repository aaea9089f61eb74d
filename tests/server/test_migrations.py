"""The draft of a revision, as `make migration` writes it, passes the linter as it stands."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from server.db.engine import Engines
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Author
from tests.databases import empty_database
from tests.world import FAR, HOME

ROOT = Path(__file__).parents[2]
PLACE = "migrations/versions/20261129_a_draft.py"


@pytest.mark.parametrize(
    ("lacking", "drafted"),
    [
        ([], "pass"),
        (["ALTER TABLE visit DROP COLUMN amend_reason"], "sa.Text()"),
        (["ALTER TABLE visit DROP COLUMN amends_id"], "tables.RowId()"),
        (["DROP TABLE authorisation"], "create_table('authorisation'"),
    ],
)
def test_a_draft_passes_the_linter(tmp_path, lacking, drafted):
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    engines = Engines(f"sqlite:///{tmp_path / 'server.db'}")
    migrate(engines, TABLES, epoch=bytes(8))
    config = Config(tmp_path / "migrations" / "alembic.ini")
    with engines.writing.connect() as connection:
        for statement in lacking:
            connection.execute(sa.text(statement))
        config.attributes["connection"] = connection
        script = command.revision(config, "a draft", autogenerate=True, rev_id="a_draft")
    engines.close()
    draft = Path(script.path).read_text(encoding="utf-8")
    assert drafted in draft
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", f"--stdin-filename={PLACE}", "-"],
        cwd=ROOT,
        input=draft,
        text=True,
        check=True,
    )


@pytest.mark.postgres
def test_the_migrations_bring_every_index_that_is_declared(postgres_url):
    declared = {index.name for table in TABLES.metadata.tables.values() for index in table.indexes}
    with empty_database(postgres_url) as url:
        engines = Engines(url)
        migrate(engines, TABLES, epoch=bytes(8))
        with engines.read() as connection:
            query = sa.text("select indexname from pg_indexes where schemaname = 'public'")
            found = set(connection.scalars(query))
        engines.close()
    assert declared <= found
    assert {name for name in found if "_region_" in name} - {"ix_region_scope_id"} <= declared


def test_terms_get_the_region_of_whom_they_find(world):
    def fill(work):
        for commune in (HOME, FAR):
            place = {"commune_code": commune}
            person = work.insert("person", {"name_fr": "Ali Ouzgane", **place}, Author(None))
            about = {"person_id": person.record_id, "type": "assistance"}
            work.insert("visit", {**about, **place}, Author(None))
            work.insert("contact_point", {"name_fr": "Igli", **place}, Author(None))

    def rows():
        term = TABLES.search_term
        columns = (term.c.entity, term.c.region, term.c.term, term.c.record_id)
        with world.engines.read() as connection:
            return set(map(tuple, connection.execute(sa.select(*columns))))

    def go(step, revision):
        config = Config(ROOT / "migrations" / "alembic.ini")
        with world.engines.writing.connect() as connection:
            config.attributes["connection"] = connection
            step(config, revision)
            connection.commit()

    world.database.write(fill)
    before = rows()
    assert {row[1] for row in before} == {HOME[:2], FAR[:2]}
    go(command.downgrade, "terms_by_region-1")
    with world.engines.read() as connection:
        columns = {one["name"] for one in sa.inspect(connection).get_columns("search_term")}
    assert columns == {"entity", "term", "record_id"}
    go(command.upgrade, "terms_by_region")
    assert rows() == before
