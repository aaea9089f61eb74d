"""Compose the server: database, sync endpoint, pages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.exceptions import HTTPException

from server import problems
from server.accounts.sessions import SessionOver
from server.db.engine import Engines
from server.db.lineage import follow
from server.db.tables import TABLES
from server.db.work import Database
from server.exchange.routes import BLOBS_PATH, SyncEndpoint, sync_routes
from server.media.commands import Uploads
from server.media.routes import MediaEndpoint, blobs_app
from server.media.store import BlobFiles
from server.messages import messages_of
from server.photos.queries import URL as PHOTOS_URL
from server.phrases import load_open_phrases
from server.reference import catalogue
from server.rights import MATRIX, Right
from server.settings import Settings
from server.updates.offers import AppFiles
from server.updates.routes import UpdateEndpoint, updates_app
from server.voice.queries import URL as RECORDINGS_URL
from server.web import acted, languages
from server.web.asked import FORM_BYTES_MAX
from server.web.assets import Assets, build_asset_route
from server.web.headers import add_security_headers
from server.web.lost import refuse_lost
from server.web.render import Pages
from server.web.shell import DESK, Portal
from server.web.site import Site, VisitOver, path_of, see_other
from sync import updates
from sync.errors import Refusal

_FEATURES = tuple(sorted(path.parent for path in Path(__file__).parent.glob("*/pages.py")))
"""The folders that have pages: a feature each, which names itself by being there."""
_CODES = {400: "request_wrong", 413: "too_large"}
_KINDS = {400: "wrong", 403: "forbidden", 404: "missing", 405: "missing", 413: "large"}


def wall_ms() -> int:
    """Return the server's time, Unix milliseconds. The only place that reads the clock."""
    return time.time_ns() // 1_000_000


def new_id(clock: Callable[[], int] = wall_ms) -> bytes:
    """Return a new record id: a UUID of version 7 (RFC 9562)."""
    raw = bytearray(clock().to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def open_database(settings: Settings) -> Database:
    """Return the database of the settings; it must be migrated before it is used."""
    database = Database(Engines(settings.database_url), TABLES, clock=wall_ms, ids=new_id)
    follow(database)
    catalogue.follow(database)
    return database


def build_app(settings: Settings, database: Database, processes: int = 1) -> Litestar:
    """Return the server's ASGI application.

    Args:
        processes: how many draw its pages, and share what the database has of connections.
    """
    endpoint = SyncEndpoint(database, slice_count=settings.slice_count)
    uploads = Uploads(database, BlobFiles.of(settings))
    blobs = MediaEndpoint(database, uploads, endpoint.counters)
    newer = UpdateEndpoint(database, AppFiles(settings.data_dir), endpoint.counters)
    below = {BLOBS_PATH: blobs_app(blobs), updates.PATH: updates_app(newer)}
    assets = Assets.load()
    templates = {folder.name: folder / "templates" for folder in _FEATURES}
    pages = Pages(load_open_phrases(), assets, templates)
    site = Site(settings, database, pages, messages_of(settings, database), processes)
    app = Litestar(
        guards=[refuse_lost, site.admit],
        on_startup=[site.audit.start],
        on_shutdown=[site.close],
        route_handlers=[
            *sync_routes(endpoint, below),
            *(route for folder in _FEATURES for route in _routes(folder.name, site)),
            build_asset_route(assets),
        ],
        before_send=[
            add_security_headers,
            acted.teller(database.clock, secure=settings.secure_cookies),
            languages.keeper(secure=settings.secure_cookies),
        ],
        exception_handlers={Exception: _problem_page(site)},
        compression_config=CompressionConfig(
            backend="gzip",
            # Sound and photos are small already, and a part of sound is a part of its own bytes.
            exclude=["^/static/", "^/sync/", f"^{RECORDINGS_URL}/", f"^{PHOTOS_URL}/"],
            gzip_compress_level=6,
        ),
        openapi_config=None,
        request_max_body_size=FORM_BYTES_MAX,
    )
    require_rights(app)
    return app


def _routes(feature: str, site: Site) -> list[Any]:
    """Return the routes of a feature, as `routes` of its `pages.py` gives them."""
    routes: list[Any] = import_module(f"server.{feature}.pages").routes(site)
    return routes


class RightMissing(Exception):
    """A route names no right: nobody would know who may call it."""


def require_rights(app: Litestar) -> None:
    """Refuse to start where a route names no right of the matrix. Raises RightMissing."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            is_own = handler.fn.__module__.startswith("server.")  # not the framework's OPTIONS
            right = handler.opt.get("right")
            if is_own and not isinstance(right, Right):
                raise RightMissing(
                    f"{route.path}: names no right; write `right=Right.…` beside its path, one of "
                    "server/rights.py or a new line of `Right` there and of `MATRIX`"
                )
            if is_own and right not in MATRIX:
                raise RightMissing(
                    f"{route.path}: nobody has its right; server/rights.py lacks the line "
                    f"`{right!s}` of `MATRIX`, which says who, and how far"
                )


def _problem_page(site: Site) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """Return what answers when a page cannot be shown: a page, or a problem for programs."""

    def answer(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
        if isinstance(fault, SessionOver):
            if isinstance(fault, VisitOver) and "tus-resumable" not in request.headers:
                return see_other("/?kept=1" if request.state.get("is_kept") else "/")
            if not isinstance(fault, VisitOver):
                return site.sign_in_again(request)
        path = path_of(request)
        feature = "desk" if path.startswith(f"{DESK}/") else ""
        language = site.language(request, of=feature)
        if isinstance(fault, HTTPException):
            status, code = fault.status_code, _CODES.get(fault.status_code, "page_unknown")
            body = problems.problem(code, language, {})[1]
        else:
            status, body = problems.of_fault(fault, language)
        if "text/html" not in request.headers.get("accept", "text/html"):
            return Response(body, status_code=status, media_type=problems.MEDIA_TYPE)
        kind = _KINDS.get(status, "fault")
        home = DESK if feature else "/"
        # What a form was sent to has no page to be shown in another language.
        address = path if request.method == "GET" else ""
        is_said = kind == "fault" and isinstance(fault, Refusal)
        page = site.pages.render(
            "problem.html",
            language,
            portal=Portal(
                address=address, home_url=home, languages=site.pages.others(language, feature)
            ),
            kind=kind,
            code=problems.reference_in(body),
            said=problems.detail_in(body) if is_said else "",
        )
        headers = problems.headers_of(fault)
        return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)

    return answer
