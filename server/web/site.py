"""What every page needs: who reads, in which language, over which records. One for the process."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request, Response
from litestar.response import Redirect

from server.accounts import commands
from server.accounts.commands import Session, SessionOver
from server.db.records import NotFound, Records, Stored
from server.db.work import Database, Work
from server.settings import Settings
from server.web.languages import choose_language
from server.web.maps import Maps, load_outlines
from server.web.render import Pages
from server.web.shell import DESK, Desk, Portal
from sync.errors import Refusal
from sync.phrases import Phrases

T = TypeVar("T")
COOKIE = "nuqta_desk"
SIGN_IN_URL = f"{DESK}/sign-in"
PAGE_ROWS = 50


class CsrfWrong(Refusal):
    """A form that did not come from our own page, or from one opened too long ago."""

    code = "csrf_wrong"


class NotForThisRole(Refusal):
    """The desk is for coordinators; agents have their tablet."""

    code = "not_allowed"


@dataclass(frozen=True, slots=True)
class Reader:
    """A signed-in person reading a page."""

    session: Session
    language: str
    phrases: Phrases
    address: str


class Site:
    """Pages over the database."""

    def __init__(self, settings: Settings, database: Database, pages: Pages) -> None:
        """Compose; nothing is read yet."""
        self.settings = settings
        self.database = database
        self.pages = pages
        self._outlines = load_outlines()

    def maps(self, language: str) -> Maps:
        """Return what draws maps in a language."""
        return Maps(self._outlines, self.pages.phrases(language))

    def language(self, request: Request[Any, Any, Any], preferred: str | None = None) -> str:
        """Return the language to answer in."""
        return choose_language(
            request.query_params.get("lang"),
            request.cookies.get("lang") or preferred,
            request.headers.get("accept-language", ""),
            self.pages.languages(),
        )

    def reader(self, request: Request[Any, Any, Any]) -> Reader:
        """Return who reads. Raises SessionOver, NotForThisRole."""
        token = request.cookies.get(COOKIE)
        if not token:
            raise SessionOver("no session")
        session = self.database.read(
            lambda records: commands.session_of(records, token, now_ms=self.database.clock())
        )
        if session.role == "field_agent":
            raise NotForThisRole(f"{session.login}: a field agent at the desk")
        language = self.language(request, session.language)
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Reader(session, language, self.pages.phrases(language), address)

    def page(
        self,
        reader: Reader,
        template: str,
        here: str,
        *,
        status: int = 200,
        search_text: str = "",
        **values: object,
    ) -> Response[str]:
        """Return a page of the desk, in its frame."""
        session = reader.session
        frame = Desk(
            address=reader.address,
            here=here,
            user_name=session.login,
            user_role=reader.phrases.say(f"agent.role.{session.role}"),
            csrf_token=session.csrf,
            search_text=search_text,
        )
        response = self.pages.respond(
            template, reader.language, status=status, desk=frame, csrf=session.csrf, **values
        )
        self.remember(response, reader.language)
        return response

    def public(
        self,
        request: Request[Any, Any, Any],
        template: str,
        *,
        status: int = 200,
        frame: Mapping[str, Any] | None = None,
        **values: object,
    ) -> Response[str]:
        """Return a public page."""
        language = self.language(request)
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        portal = Portal(address=address, **(frame or {}))
        response = self.pages.respond(template, language, status=status, portal=portal, **values)
        self.remember(response, language)
        return response

    def remember(self, response: Response[str], language: str) -> None:
        """Keep the language for the next page."""
        response.set_cookie("lang", language, httponly=True, samesite="lax", path="/")

    async def form(self, request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return a form's answers; a name given several times is a list."""
        sent = await request.form()
        found: dict[str, Any] = {}
        for name, value in sent.multi_items():
            text = value if isinstance(value, str) else ""
            if name in found:
                known = found[name]
                found[name] = [*known, text] if isinstance(known, list) else [known, text]
            else:
                found[name] = text
        return found

    async def posted(self, request: Request[Any, Any, Any]) -> tuple[Reader, Mapping[str, Any]]:
        """Return who sent a form of the desk, and the form. Raises SessionOver, CsrfWrong."""
        reader = await self.run(lambda: self.reader(request))
        form = await self.form(request)
        self.require_csrf(reader.session.csrf, form)
        return reader, form

    def require_csrf(self, expected: str, form: Mapping[str, Any]) -> None:
        """Check that a form came from our own page. Raises CsrfWrong."""
        if not hmac.compare_digest(str(form.get("_csrf_token", "")), expected):
            raise CsrfWrong("form: token missing or of another session")

    async def run(self, job: Callable[[], T]) -> T:
        """Run what reads or writes in a thread of its own."""
        return await asyncio.to_thread(job)

    def read(self, query: Callable[[Records], T]) -> T:
        """Run a query on one moment's state."""
        return self.database.read(query)

    def write(self, command: Callable[[Work], T]) -> T:
        """Run a command in one transaction."""
        return self.database.write(command)


def templates(feature: str) -> tuple[str, Path]:
    """Return a feature's name and the folder of its templates."""
    return feature, Path(__file__).parent.parent / feature / "templates"


def get_seen(records: Records, reader: Reader, entity: str, text: str) -> Stored:
    """Return a record of the reader's communes by its id as an address has it.

    Raises:
        NotFound: no such id, no such record, or one of other communes: the same answer.
    """
    try:
        record = records.get(entity, UUID(text).bytes)
    except ValueError as fault:
        raise NotFound(f"{entity}: not an id", entity=entity) from fault
    if record.values["commune_code"] not in reader.session.communes:
        raise NotFound(f"{entity}: of other communes", entity=entity)
    return record


def name_of(record: Stored | None, language: str) -> str:
    """Return a record's name in the reader's script, the other one if it has no more."""
    if record is None:
        return ""
    values = record.values
    own, other = ("name_ar", "name_fr") if language == "ar" else ("name_fr", "name_ar")
    return str(values.get(own) or values.get(other) or values.get("login") or "")


def word(reader: Reader, entity: str, field: str, value: object) -> str:
    """Return the words of a choice; a value of a newer version is shown as it is."""
    if value is None:
        return ""
    said = reader.phrases.say(f"{entity}.{field}.{value}")
    return str(value) if said.startswith("[") else said


def threaded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Run a handler that reads the database in a thread, so that tablets need not wait for it."""

    @wraps(handler)
    async def run(*arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(handler, *arguments, **named)

    return run


def see_other(url: str) -> Redirect:
    """Lead the browser to a page after a form, so that reloading repeats nothing."""
    return Redirect(url, status_code=303)
