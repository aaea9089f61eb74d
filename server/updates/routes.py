"""What tablets ask of the app's files (`sync.updates`), signed as all else.

A file is sent as it is read, a piece at a time: a slow line costs an open file and no memory.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import msgspec

from server import problems
from server.accounts import devices
from server.db.work import Database
from server.exchange.bodies import SMALL_BYTES, Receive, length_of, take_body
from server.exchange.routes import OURS, App, Counters, Send, auth_of, header_of, path_of
from server.media.refusals import RangeWrong
from server.updates.offers import AppFiles
from sync import updates
from sync.errors import Malformed

_PIECE_BYTES = 64 * 1024
_AT_ONCE = 32
"""Tablets that are sent a file; more wait for their turn."""
_ASKED = re.compile(rf"{updates.PATH}/({'|'.join(updates.ABIS)})/([0-9]{{1,10}})")
_FILE = re.compile(rf"{updates.PATH}/([0-9a-f]{{64}})")
_FROM = re.compile(r"bytes=([0-9]{1,12})-")
_OK, _PARTIAL = 200, 206


class UpdateEndpoint:
    """What tablets ask for a newer app."""

    def __init__(self, database: Database, files: AppFiles, counters: Counters) -> None:
        """Serve `files`; counters are those of the exchange, a device has one."""
        self._database = database
        self._files = files
        self._counters = counters

    def admit(self, method: str, path: str, header: str, body: bytes) -> None:
        """Take a call of an enabled account's device. Raises Refusal."""
        device, signed = self._database.read(
            lambda records: devices.authenticate(
                records, header, method=method, path=path, body=body
            )
        )
        self._counters.require_new(device, signed.counter)
        self._database.read(lambda records: devices.require_enabled(records, device.agent_id))

    def newer(self, abi: str, version: int) -> bytes:
        """Return what is offered beyond a version; empty for nothing."""
        offer = self._files.offered(abi)
        return msgspec.json.encode(offer) if offer and offer.version > version else b""

    def open(self, sha256: str, first: int) -> tuple[BinaryIO, int]:
        """Return an offered file at a byte, and its length. Raises NotFound, RangeWrong."""
        file = self._files.open(sha256)
        length = file.seek(0, 2)
        if first >= length:
            file.close()
            raise RangeWrong(f"app: {first} of {length}", length=length)
        file.seek(first)
        return file, length


def updates_app(endpoint: UpdateEndpoint) -> App:
    """Return the ASGI application below `sync.updates.PATH`."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def answer(scope: Any, receive: Receive) -> tuple[int, dict[str, str], bytes | BinaryIO]:
        """Return status, headers, and the content or an open file to send from where it stands."""
        method, path = scope["method"], path_of(scope)
        with await take_body(receive, length_of(scope), SMALL_BYTES) as taken:
            signed = (method, path, auth_of(scope), taken.content())
            await asyncio.to_thread(endpoint.admit, *signed)
        if method == "GET" and (asked := _ASKED.fullmatch(path)):
            return _OK, {}, await asyncio.to_thread(endpoint.newer, asked[1], int(asked[2]))
        if method == "GET" and (named := _FILE.fullmatch(path)):
            found = _FROM.fullmatch(header_of(scope, b"range"))
            first = int(found[1]) if found else 0
            file, length = await asyncio.to_thread(endpoint.open, named[1], first)
            headers = {"content-length": str(length - first)}
            if found is None:
                return _OK, headers, file
            where = f"bytes {first}-{length - 1}/{length}"
            return _PARTIAL, {**headers, "content-range": where}, file
        raise Malformed(f"no such call: {method} {path}")

    async def serve(scope: Any, receive: Receive, send: Send) -> None:
        try:
            status, headers, content = await answer(scope, receive)
        except Exception as fault:  # noqa: BLE001 - the edge: a bug is logged whole, and named
            language = problems.language_of(header_of(scope, b"accept-language"))
            status, content = problems.of_fault(fault, language)
            headers = {"content-type": problems.MEDIA_TYPE, **problems.headers_of(fault)}
        if isinstance(content, bytes):
            await _begin(send, status, {**headers, "content-length": str(len(content))})
            await send({"type": "http.response.body", "body": content})
            return
        with content as file:
            # It is open before it waits: an offer that is withdrawn meanwhile is no error.
            async with slots:
                await _begin(send, status, headers)
                while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})

    return serve


async def _begin(send: Send, status: int, headers: Mapping[str, str]) -> None:
    coded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": [*coded, OURS]})
