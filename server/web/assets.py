"""Style sheets, fonts and pictures, served by us and cached for ever.

An address holds the digest of its content: `/static/3f0a91c2b47d/nuqta.svg`. A browser may keep
what it fetched until the page names another address, so a slow line carries each once. Addresses
inside a style sheet are rewritten in the same way. Everything is read once, when the server starts.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from server.rights import Right

STATIC = Path(__file__).parent / "static"
# One file for a page: on a line with 600 ms of delay, each request more is felt.
SHEETS = {
    f"site-{name}.css": ("tokens.css", "fonts.css", "kit.css", f"{name}.css")
    for name in ("desk", "portal")
}
YEAR_S = 365 * 24 * 60 * 60

MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
COMPRESSED = {".css", ".js", ".svg", ".txt"}  # a font is compressed already


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    body: bytes
    zipped: bytes | None
    media_type: str
    digest: str


class Assets:
    """The files of `static`, by path."""

    def __init__(self, by_path: Mapping[str, Asset]) -> None:
        """Take the files by their path, such as `fonts/nuqta-icons.woff2`."""
        self._by_path = by_path

    @classmethod
    def load(cls, folder: Path = STATIC) -> Assets:
        """Read the files of a folder and join its style sheets.

        Raises:
            KeyError: a style sheet names a file that is not there.
        """
        found = {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.suffix in MEDIA_TYPES
        }
        parts = {part: found.pop(part) for part in sorted({*chain(*SHEETS.values())})}
        assets = cls({path: _asset(path, body) for path, body in found.items()})
        sheets = {
            name: assets._sheet(b"".join(parts[part] for part in own))
            for name, own in SHEETS.items()
        }
        return cls(
            {**assets._by_path, **{name: _asset(name, body) for name, body in sheets.items()}}
        )

    def _sheet(self, joined: bytes) -> bytes:
        """Return a style sheet with the addresses of our files in it."""
        rewritten = re.sub(
            rb"url\(([^)#]+)\)",
            lambda match: b"url(" + self.url(match[1].decode()).encode() + b")",
            joined,
        )
        return _without_comments(rewritten)

    def url(self, path: str) -> str:
        """Return the address of a file.

        Raises:
            KeyError: there is no such file.
        """
        return f"/static/{self._by_path[path].digest}/{path}"

    def find(self, path: str) -> Asset | None:
        """Return a file, or None."""
        return self._by_path.get(path)

    def paths(self) -> Iterable[str]:
        """Return the paths of all files."""
        return self._by_path.keys()


def _asset(path: str, body: bytes) -> Asset:
    suffix = PurePosixPath(path).suffix
    zipped = gzip.compress(body, 9, mtime=0) if suffix in COMPRESSED else None
    # Of the file as it is, not as it is packed: another version of zlib packs otherwise, and would
    # move all addresses.
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(body, zipped, MEDIA_TYPES[suffix], digest)


def _without_comments(sheet: bytes) -> bytes:
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL)).lstrip()


def build_asset_route(assets: Assets) -> HTTPRouteHandler:
    """Return the route that serves the files."""

    @get("/static/{digest:str}/{path:path}", right=Right.OPEN, sync_to_thread=False)
    def serve_asset(
        request: Request[Any, Any, Any], digest: FromPath[str], path: FromPath[str]
    ) -> Response[bytes]:
        asset = assets.find(path.lstrip("/"))
        if asset is None:
            raise NotFoundException
        headers = {"etag": f'"{asset.digest}"', "vary": "Accept-Encoding"}
        # While a release is rolled out, a page of the other release may ask here: it gets our
        # file, and is told not to keep it under that address.
        current = digest == asset.digest
        headers["cache-control"] = f"public, max-age={YEAR_S}, immutable" if current else "no-cache"
        if f'"{asset.digest}"' in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
        body = asset.body
        if asset.zipped is not None and _accepts_gzip(request.headers.get("accept-encoding", "")):
            body, headers["content-encoding"] = asset.zipped, "gzip"
        return Response(body, headers=headers, media_type=asset.media_type)

    return serve_asset


def _accepts_gzip(accepted: str) -> bool:
    for offer in accepted.lower().split(","):
        name, _, weight = offer.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False
