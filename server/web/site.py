"""What every page needs: who reads, in which language, over which records. One for a process."""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial, wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.response import Redirect

from server import problems
from server.accounts import sessions, throttle, visitors
from server.accounts.sessions import SessionOver
from server.accounts.standing import NotForThisRole
from server.accounts.visitors import Visitor
from server.audit.log import AuditLog
from server.db.events import Action, Event
from server.db.records import NotFound, Records
from server.db.work import Database, Work
from server.messages import Messages
from server.rights import ENTERPRISE, PUBLIC, Reach, Right, reach_of
from server.settings import Settings
from server.web import acted, unsent
from server.web.asked import Asked, read_form, read_query
from server.web.drafts import draft_of
from server.web.frame import count_for_menu, frame_of
from server.web.kept import SECONDS_MS, Kept
from server.web.languages import keep_preferred, language_of
from server.web.maps import Maps, load_outlines
from server.web.reader import Reader
from server.web.render import Pages
from server.web.shell import DESK, Portal
from server.web.unsent import Unsent
from server.web.uploaded import FILE_BYTES_MAX, read_upload
from server.web.waiting import Count
from sync.errors import Refusal, SyncError
from sync.limits import REV_MAX

T = TypeVar("T")
Connection = ASGIConnection[Any, Any, Any, Any]
Again = Callable[[Refusal], Response[Any]]
COOKIE, PORTAL_COOKIE = "nuqta_desk", "nuqta_portal"
SIGN_IN_URL, SIGN_IN = f"{DESK}/sign-in", "desk/sign_in.html"
_READERS, _WRITERS, _THREADS_MIN = 8, 4, 2


class CsrfWrong(Refusal):
    """A form that did not come from our own page, or from one opened too long ago."""

    code = "csrf_wrong"


class VisitOver(SessionOver):
    """Nobody's phone is checked, or not any more."""


class Site:
    """Pages over the database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        pages: Pages,
        messages: Messages,
        processes: int = 1,
    ) -> None:
        """Compose; nothing is read yet, and no thread begun: the process may be forked after."""
        self.settings = settings
        self.database = database
        self.pages = pages
        self.messages = messages
        self.audit = AuditLog(database)
        self._outlines = load_outlines()
        self._waiting: Kept[Mapping[str, Count]] = Kept(SECONDS_MS)
        self._of_thread = threading.local()  # the moment of the page that it draws
        # Apart from each other and from the tablets' threads: writers who wait for a lock keep no
        # reader waiting, and pages no tablet.
        readers, writers = (max(most // processes, _THREADS_MIN) for most in (_READERS, _WRITERS))
        self._readers = ThreadPoolExecutor(readers, "pages")
        self._writers = ThreadPoolExecutor(writers, "forms")
        # What carries a message may hang: it keeps no form waiting.
        self._messengers = ThreadPoolExecutor(_WRITERS, "messages")

    def close(self) -> None:
        """End the threads; what is noted for the audit log is written."""
        self.audit.stop()
        for pool in (self._readers, self._writers, self._messengers):
            pool.shutdown(wait=False)

    def maps(self, language: str) -> Maps:
        """Return what draws maps in a language."""
        return Maps(self._outlines, self.pages.phrases(language))

    def language(self, request: Connection, preferred: str = "", of: str = "") -> str:
        """Return the language to answer in, among those of `Pages.languages`."""
        return language_of(request, self.pages.languages(of), preferred)

    # Who

    async def admit(self, request: Connection, handler: BaseRouteHandler) -> None:
        """Let in whoever has the right that a route names: the guard of every page.

        `is_draft` of a route: its form is kept where the session is over.

        Raises:
            SessionOver, NotForThisRole: nobody is signed in, or one without the right.
            NotFound: its address has a number that no database takes.
            VisitOver: nobody's phone is checked.
        """
        # The framework's own OPTIONS alone names none (`app.require_rights`): it says the methods.
        right: Right = handler.opt.get("right", Right.OPEN)
        if any(isinstance(part, int) and part > REV_MAX for part in request.path_params.values()):
            raise NotFound("address: a number that nothing has")
        if reach_of(PUBLIC, right) is not Reach.NONE:
            return
        if reach_of(ENTERPRISE, right) is Reach.RECORD and not path_of(request).startswith(DESK):
            try:
                request.state.visitor = await self.run(lambda: self._visitor(request))
            except VisitOver:
                is_draft = handler.opt.get("is_draft", False)
                request.state.is_kept = is_draft and await self._keep_draft(request)
                raise
            return
        try:
            request.state.reader = await self.run(lambda: self._reader(request, right))
        except SessionOver:
            request.state.unsent = await self._unsent(request)
            raise

    def _reader(self, request: Connection, right: Right) -> Reader:
        token = request.cookies.get(COOKIE)
        if not token:
            raise SessionOver("no session")
        now_ms = self.database.clock()
        session = self.database.read(
            lambda records: sessions.session_of(records, token, now_ms=now_ms)
        )
        try:
            session.standing.require(Right.USE_DESK)
            session.standing.require(right)
        except NotForThisRole:
            self.audit.note(Event(now_ms, Action.REFUSE, session.agent_id, detail=right))
            raise
        audit = self.audit if request.scope.get("method") == "GET" else None
        language = self.language(request, session.language, "desk")
        asked, address = read_query(request.scope["query_string"]), address_of(request)
        phrases = self.pages.phrases(language)
        at = acted.acted_at(request.cookies)
        keep_preferred(request, language)
        return Reader(session, language, phrases, address, asked, now_ms, audit, acted_at=at)

    async def _keep_draft(self, request: Connection) -> bool:
        """Keep a registration that came with a session that is over; whether there was one."""
        if not isinstance(request, Request) or request.method != "POST":
            return False
        try:
            form = await self.form(request)
            csrf = form.get("_csrf_token")
        except SyncError:
            return False
        if not csrf or not draft_of(form):
            return False
        # Looked up first: what strangers send keeps no writer busy.
        before = await self.run(
            lambda: self.read(lambda records: visitors.draft_of_visit(records, csrf))
        )
        if before is None:
            return False
        draft = draft_of(form, before)
        await self.store(lambda work: visitors.keep_draft(work, csrf, draft))
        return True

    async def _unsent(self, request: Connection) -> Unsent | None:
        """Return the form that came with a session that is over; None if there is none of ours."""
        if not isinstance(request, Request) or request.method != "POST":
            return None
        try:
            self._require_own_origin(request)
            content_type, body = request.headers.get("content-type", ""), await request.body()
            form = unsent.of_request(address_of(request), content_type, body)
        except SyncError:
            return None
        is_known = form and await self.run(lambda: self._typed_by(form)) is not None
        return form if is_known else None

    def _typed_by(self, form: Unsent) -> bytes | None:
        return self.read(lambda records: sessions.whose(records, form.token))

    def sign_in_again(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Return what answers where nobody is signed in: what was typed or asked is kept."""
        form = request.state.get("unsent")
        if form is not None:
            frame, shown = {"address": ""}, {"login": "", "problem": "", "unsent": form, "to": ""}
            status = problems.status_of(SessionOver.code)
            return self.public(request, SIGN_IN, status=status, frame=frame, **shown)
        address = address_of(request)
        is_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if not is_page or address == DESK or not unsent.is_of_desk(address):
            return see_other(SIGN_IN_URL)
        return see_other(f"{SIGN_IN_URL}?{urlencode({'to': address})}")

    def hand_back(
        self, request: Request[Any, Any, Any], token: str, form: Unsent
    ) -> Response[Any] | None:
        """Return the page of a form that was typed by who signed in; None if another typed it.

        Args:
            token: of the session that was opened.
        """
        now = self.database.clock()
        session = self.read(lambda records: sessions.session_of(records, token, now_ms=now))
        if self._typed_by(form) != session.agent_id:
            return None
        frame = {"address": ""}
        return self.public(request, "desk/unsent.html", frame=frame, unsent=form, csrf=session.csrf)

    def _visitor(self, request: Connection) -> Visitor:
        token, now = request.cookies.get(PORTAL_COOKIE, ""), self.database.clock()
        found = self.database.read(lambda records: visitors.visitor_of(records, token, now_ms=now))
        if found is None:
            raise VisitOver("portal: no session")
        return found

    def reader(self, request: Connection) -> Reader:
        """Return who reads a page of the desk, as `admit` found."""
        reader: Reader = request.state.reader
        return reader

    def visitor(self, request: Connection) -> Visitor:
        """Return whose phone was checked, as `admit` found."""
        visitor: Visitor = request.state.visitor
        return visitor

    # Pages

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
        """Return a page of the desk, in its frame: for a thread of its own, since that reads."""
        frame = self.read(
            lambda records: frame_of(
                records, reader, here, search_text, self._waiting_for(records, reader)
            )
        )
        return self.pages.respond(
            template,
            reader.language,
            status=status,
            desk=frame,
            csrf=reader.session.csrf,
            may=reader.may,
            **values,
        )

    def _waiting_for(self, records: Records, reader: Reader) -> Mapping[str, Count]:
        """Return what waits for a reader: counted now for who sent a form in the last seconds."""
        key, now = reader.session.agent_id, reader.now_ms
        if 0 <= now - reader.acted_at < SECONDS_MS:
            return count_for_menu(records, reader)
        return self._waiting.get(key, now, lambda: count_for_menu(records, reader))[1]

    def keep_waiting(self, reader: Reader, counts: Mapping[str, Count]) -> None:
        """Keep what a page has counted anyway: its menu says the same."""
        self._waiting.put(reader.session.agent_id, reader.now_ms, counts)

    def public(
        self,
        request: Connection,
        template: str,
        *,
        status: int = 200,
        frame: Mapping[str, Any] | None = None,
        **values: object,
    ) -> Response[str]:
        """Return a public page, in one of the languages that it has."""
        language = self.language(request, of=template)
        languages = self.pages.others(language, template)
        portal = Portal(**{"address": address_of(request), "languages": languages, **(frame or {})})
        return self.pages.respond(template, language, status=status, portal=portal, **values)

    def keep(
        self, response: Response[Any], name: str, value: str, *, path: str, **more: Any
    ) -> None:
        """Give the browser a cookie: never to scripts, over HTTPS alone where the server has it.

        Args:
            more: other attributes of a cookie, as `set_cookie` names them.
        """
        more = {"samesite": "lax", "secure": self.settings.secure_cookies, **more}
        response.set_cookie(name, value, httponly=True, path=path, **more)

    def sentence(self, language: str, refusal: Refusal, entity: str = "") -> str:
        """Return what a refusal says in a language, its field in words: of `entity` if no other."""
        values = {"entity": entity, **refusal.values}
        return self.pages.phrases(language).sentence(refusal.code, values)

    def refused(
        self, request: Connection, refusal: Refusal, template: str, **values: Any
    ) -> Response[str]:
        """Return a public page again, with what is wrong with its form."""
        problem = self.sentence(self.language(request, of=template), refusal)
        status, headers = problems.status_of(refusal.code), problems.headers_of(refusal)
        response = self.public(request, template, status=status, problem=problem, **values)
        response.headers.update(headers)
        return response

    # Forms

    async def form(self, request: Request[Any, Any, Any]) -> Asked:
        """Return a form's answers. Raises CsrfWrong, RequestWrong."""
        self._require_own_origin(request)
        return read_form(request.headers.get("content-type", ""), await request.body())

    async def uploaded(
        self, request: Request[Any, Any, Any], file_name: str, most: int = FILE_BYTES_MAX
    ) -> tuple[Reader, Asked, bytes]:
        """Return who sent a form of the desk that carries a file, the form, and the file's bytes.

        Args:
            most: bytes of the file.

        Raises:
            CsrfWrong, RequestWrong: as they say.
        """
        form, content = await self.read_file(request, file_name, most)
        return self._sender(request, form), form, content

    async def read_file(
        self, request: Request[Any, Any, Any], file_name: str, most: int
    ) -> tuple[Asked, bytes]:
        """Return a form that carries a file, and the file's bytes. Raises as `uploaded`."""
        self._require_own_origin(request)
        kind, body = request.headers.get("content-type", ""), await request.body()
        return read_upload(kind, body, file_name, most)

    async def posted(self, request: Request[Any, Any, Any]) -> tuple[Reader, Asked]:
        """Return who sent a form of the desk, and the form. Raises CsrfWrong, RequestWrong."""
        form = await self.form(request)
        return self._sender(request, form), form

    async def sent(self, request: Request[Any, Any, Any]) -> tuple[Visitor, Asked]:
        """Return who sent a form of the portal, and the form. Raises CsrfWrong, RequestWrong."""
        visitor, form = self.visitor(request), await self.form(request)
        self.require_csrf(visitor.csrf, form)
        return visitor, form

    def _sender(self, request: Request[Any, Any, Any], form: Asked) -> Reader:
        """Return who sent a form: what waits is counted anew for them. Raises CsrfWrong."""
        reader = self.reader(request)
        self.require_csrf(reader.session.csrf, form)
        acted.note(request)
        return replace(reader, acted_at=reader.now_ms)

    async def submit(
        self, command: Callable[[Work], T], again: Again, url: Callable[[T], str]
    ) -> Response[Any]:
        """Store a form and lead on; what a rule refuses shows the page again.

        Args:
            again: draws the page with what was typed and what is wrong, in a thread of its own.
            url: where to, by what the command returned.

        Raises:
            NotFound: what the form is of is not there; one that names a field is shown at it.
        """
        return await self.lead_on(self.store(command), again, url)

    async def lead_on(
        self, done: Awaitable[T], again: Again, url: Callable[[T], str]
    ) -> Response[Any]:
        """Lead on from what stores a form; arguments and refusals as `submit`."""
        try:
            return see_other(url(await done))
        except Refusal as refusal:
            if isinstance(refusal, NotFound) and "field" not in refusal.values:
                raise
            caught = refusal  # Python forgets the name of an exception where its block ends
            return await self.run(lambda: again(caught))

    def require_csrf(self, expected: str, form: Asked) -> None:
        """Check that a form came from our own page. Raises CsrfWrong."""
        if not hmac.compare_digest(form.get("_csrf_token").encode(), expected.encode()):
            raise CsrfWrong("form: token missing or of another session")

    def _require_own_origin(self, request: Request[Any, Any, Any]) -> None:
        """Refuse what another site's page sends, whatever token it has. Raises CsrfWrong."""
        origin = request.headers.get("origin", "")
        # An old browser sends none: then the cookies' SameSite and the form's token have to do.
        if not origin:
            return
        own = {request.headers.get("host"), urlsplit(self.settings.public_url).netloc} - {"", None}
        if origin.partition("//")[2] not in own:
            raise CsrfWrong("form: from another site")

    def address_of(self, request: Request[Any, Any, Any]) -> str:
        """Return whence a request came; behind a proxy what uvicorn took from its header."""
        return throttle.whence(request.client.host) if request.client else ""

    # The database

    async def run(self, job: Callable[[], T]) -> T:
        """Run what reads in a thread of its own."""
        return await _in(self._readers, job)

    async def store(self, command: Callable[[Work], T]) -> T:
        """Run a command in one transaction, in a thread of its own."""
        return await self.change(lambda: self.database.write(command))

    async def change(self, job: Callable[[], T]) -> T:
        """Run what writes in a thread of its own; the audit log seals soon what it left."""
        done = await _in(self._writers, job)
        self.audit.wake()
        return done

    async def send(self, job: Callable[[], T]) -> T:
        """Run what sends a message in a thread of its own."""
        return await _in(self._messengers, job)

    def threaded(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Run a handler that reads in a thread of its own: all that it reads is of one moment."""

        @wraps(handler)
        async def run(*arguments: Any, **named: Any) -> Any:
            return await self.run(
                partial(self._at_one_moment, partial(handler, *arguments, **named))
            )

        return run

    def _at_one_moment(self, draw: Callable[[], T]) -> T:
        with ExitStack() as ends:
            self._of_thread.ends, self._of_thread.records = ends, None
            try:
                return draw()
            finally:
                self._of_thread.ends = self._of_thread.records = None

    def read(self, query: Callable[[Records], T]) -> T:
        """Run a query on one moment's state: within a page, on the same as those before it.

        A page and its frame say the same then, and the database begins and ends one transaction.
        """
        ends = getattr(self._of_thread, "ends", None)
        if ends is None:
            return self.database.read(query)
        if self._of_thread.records is None:
            connection = ends.enter_context(self.database.engines.read())
            self._of_thread.records = Records(connection, self.database.tables)
        return query(self._of_thread.records)


async def _in(pool: ThreadPoolExecutor, job: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, job)


def path_of(request: Connection) -> str:
    """Return the path that was asked; `request.url` has what the Host that a client names makes."""
    return str(request.scope["path"])


def address_of(request: Connection) -> str:
    """Return the path that was asked, and what is asked there."""
    query = request.scope["query_string"].decode("latin-1")
    return path_of(request) + (f"?{query}" if query else "")


def see_other(url: str) -> Redirect:
    """Lead the browser to a page after a form, so that reloading repeats nothing."""
    return Redirect(url, status_code=303)
