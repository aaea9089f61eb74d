"""What is compiled once a process: each test opens a database and pages of its own."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from jinja2.bccache import BytecodeCache
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

from server.web import render

STATEMENTS_MAX = 5_000
_make_engine, _make_environment = sa.create_engine, render._environment
_statements: dict[tuple[str, str | None], tuple[sa.Dialect, LRUCache]] = {}


def create_engine(url, **settings) -> sa.Engine:
    """Do as `sa.create_engine`; engines of one kind share what they compiled.

    SQLAlchemy keeps a compiled statement by its dialect, which otherwise every engine has for
    itself, and to compile is a quarter of what a test of a few exchanges costs.
    """
    kind = make_url(url).drivername, settings.get("isolation_level")
    if kind not in _statements:
        # A dialect asks what its database is like at the first connection of its own engine.
        first = _make_engine(url, **settings)
        first.connect().close()
        first.dispose()
        _statements[kind] = first.dialect, LRUCache(STATEMENTS_MAX)
    engine = _make_engine(url, **settings)
    engine.dialect, engine._compiled_cache = _statements[kind]
    return engine


class Templates(BytecodeCache):
    """The code of the templates of one language: what is constant in it is worked out already."""

    def __init__(self):
        self._codes = {}

    def load_bytecode(self, bucket):
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._codes[bucket.key, bucket.checksum] = bucket.code


_templates = defaultdict(Templates)


def environment(phrases, *more):
    """Do as `render._environment`; those of one language share what they compiled."""
    made = _make_environment(phrases, *more)
    made.bytecode_cache = _templates[phrases.language.code]
    return made
