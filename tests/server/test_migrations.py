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
from tests.databases import empty_database

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
