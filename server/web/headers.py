"""The headers every answer carries: what a page of ours may load and do.

They are added as the answer leaves, so that also the page of a missing address has them. No page
has a script or a style within it, and nothing comes from another host.
"""

from __future__ import annotations

from collections.abc import Iterator

from litestar import Response
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.response import Stream
from litestar.types import Message, Scope

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def with_device(name: str) -> str:
    """Return the permissions of a page that may open one device: `camera`, `microphone`."""
    return SECURITY_HEADERS["permissions-policy"].replace(f"{name}=()", f"{name}=(self)")


def pdf_file(content: bytes, name: str) -> Response[bytes]:
    """Return a PDF that a browser shows, and keeps nowhere: it names somebody."""
    headers = {"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"}
    return Response(content, headers=headers, media_type="application/pdf")


def csv_file(lines: Iterator[str], name: str) -> Stream:
    """Return a table as it is read, for a spreadsheet; kept nowhere on the way."""
    disposition = f'attachment; filename="{name}.csv"'
    headers = {"content-disposition": disposition, "cache-control": "no-store"}
    # 200 too where a form asks for it.
    return Stream(lines, headers=headers, media_type="text/csv", status_code=200)


OF_FILES = ("x-content-type-options", "cross-origin-resource-policy")
"""Those of what no window shows by itself: a first page fetches a dozen fonts, and each of their
answers would carry as much again as half of what it brings."""


def add_cookie(message: Message, cookie: Cookie) -> None:
    """Give a browser a cookie with an answer as it leaves."""
    headers = MutableScopeHeaders.from_message(message)
    headers.add("set-cookie", cookie.to_header(header=""))


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add the headers to an answer; `Litestar(before_send=[add_security_headers])`.

    Tablets are no browsers, and pay for each byte: answers under `/sync/` go without.
    """
    # The path as it came: a mounted route sees its own part alone.
    path = scope.get("raw_path", b"")
    if message["type"] == "http.response.start" and not path.startswith(b"/sync/"):
        headers = MutableScopeHeaders.from_message(message)
        is_page = headers.get("content-type", "").startswith(("text/html", "image/svg"))
        if path.startswith(b"/static/") and not is_page:
            for name in OF_FILES:
                headers.setdefault(name, SECURITY_HEADERS[name])
            return
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
