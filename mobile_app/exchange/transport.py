"""Messages over HTTP(S): as few bytes as HTTP allows, each request signed with the device's key."""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import httpx
import msgspec

from mobile_app.exchange import tls
from mobile_app.exchange.calls import (
    ENROL_PATH,
    SYNC_PATH,
    TIME_PATH,
    Answer,
    BodyTooLarge,
    ClockWrong,
    Counter,
    Part,
    Refused,
    ServerUnproved,
    Signer,
    Timekeeper,
    Traffic,
    Unreachable,
)
from sync import answers, orders, replies
from sync.errors import RemoteSyncError

_NONCE_BYTES = 16
_TOO_LARGE = httpx.codes.REQUEST_ENTITY_TOO_LARGE
_TIMEOUT = httpx.Timeout(90.0, connect=6.0)
"""A reply may be long in coming: a piece takes half a minute on EDGE. That the line is dead is for
the kernel to say (`_SOCKET_OPTIONS`). A connection that does not open soon is tried anew, since the
kernel waits longer before each repeat, and an outage shall not cost twice its length."""
_LIMITS = httpx.Limits(max_connections=2, keepalive_expiry=60.0)
_DEAD_AFTER_MS = 10_000
_WANTED_OPTIONS = (
    ("TCP_USER_TIMEOUT", _DEAD_AFTER_MS),  # what was sent is not acknowledged
    ("TCP_KEEPIDLE", 4),  # while we wait: is the other side still there
    ("TCP_KEEPINTVL", 2),
    ("TCP_KEEPCNT", 3),
)
_SOCKET_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, int(getattr(socket, name)), value)
        for name, value in _WANTED_OPTIONS
        if hasattr(socket, name)
    ),
]


class Transport:
    """One server, one device; counts what it costs."""

    def __init__(
        self,
        url: str,
        *,
        device_id: int = 0,
        key: Signer | None = None,
        counter: Counter | None = None,
        time: Timekeeper | None = None,
        ca_pem: str = "",
    ) -> None:
        """Take where to and who; nothing is sent yet.

        `answer_count`: how often the server itself answered, yes or no. `order`: what its last
        answer to an exchange ordered (`sync.orders`), empty for nothing, and the counter it is
        signed over.

        Args:
            time: without it a wrong clock ends an exchange.
            ca_pem: the only issuer of certificates that is trusted; empty: those of the system.
        """
        self._time = time
        self._ca_pem = ca_pem
        self._is_corrected = False
        self.traffic = Traffic()
        self.answer_count = 0
        self.order, self._counted = ("", 0), 0
        self._url = url.rstrip("/")
        self._device_id = device_id
        self._key = key
        self._counter = counter
        self._is_secure = self._url.startswith("https://")
        self._client = _client(tls.context(ca_pem) if self._is_secure else False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(self, body: bytes) -> bytes:
        """Send a sync message, return the reply's bytes. Raises Unreachable, Refused."""
        return self._heeding("POST", SYNC_PATH, body)

    def rest(self, part: Part) -> bytes:
        """Return the whole of a reply that had begun to come.

        Raises:
            Unreachable: the line broke again; `part` has what there is by now.
            Refused: the server does not have it any more.
            RemoteSyncError: what it sends is not the end of this beginning.
        """
        path = f"{replies.PATH}/{part.counter}/{len(part.content)}"
        try:
            answer = self._heeding("GET", path, b"")
        except Unreachable as fault:
            came = fault.part.content[replies.MARK_BYTES :] if fault.part else b""
            fault.part = Part(part.counter, part.content + came)
            raise
        whole = part.content + answer[replies.MARK_BYTES :]
        if replies.mark(whole) != answer[: replies.MARK_BYTES]:
            raise RemoteSyncError(f"{path}: not the end of what had begun")
        return whole

    def _heeding(self, method: str, path: str, body: bytes) -> bytes:
        """Make a call of an exchange, and note what its answer orders."""
        try:
            answer = self._call(method, path, body)
        except Refused as fault:
            self.order = fault.headers.get(orders.HEADER, ""), self._counted
            raise
        self.order = answer.headers.get(orders.HEADER, ""), self._counted
        return answer.content

    def fetch(self, path: str) -> bytes:
        """Read something of the server's, signed. Raises Unreachable, Refused."""
        return self._call("GET", path, b"").content

    def greet(self) -> None:
        """Ask the server for its time, the smallest call there is. Raises Unreachable, Refused."""
        self._exchange("GET", f"{TIME_PATH}/{os.urandom(_NONCE_BYTES).hex()}", b"", {})

    def upload(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Make a call of an upload, signed. Raises Unreachable, Refused."""
        return self._call(method, path, body, headers)

    def download(self, path: str, offset: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield what the server has from `offset` on, as it comes: where it stands, of how much.

        Raises:
            Unreachable: the line broke; what was yielded is good to go on from.
            Refused: as any call.
            RemoteSyncError: the server sends another part than was asked for.
        """
        if self._is_before_build():
            self._correct_clock()
        headers = self._signed("GET", path, b"")
        if offset:
            headers["Range"] = f"bytes={offset}-"
        request = self._request("GET", path, b"", headers)
        try:
            response = self._client.send(request, stream=True)
            try:
                self.traffic.bytes_down += _size(response.headers)
                if not response.is_success or not _is_ours(response):
                    if _is_ours(response):
                        response.read()
                    answer_of(response)
                self.answer_count += 1
                at, whole = _part_of(response)
                if at not in (0, offset):
                    raise RemoteSyncError(f"{path}: from {at}, asked from {offset}")
                for content in response.iter_raw():
                    self.traffic.bytes_down += len(content)
                    yield at, whole, content
                    at += len(content)
            finally:
                response.close()
        except (httpx.TransportError, ssl.SSLError) as fault:
            raise Unreachable(f"GET {path}: {fault!r}") from fault

    def enrol(self, message: Mapping[str, object]) -> dict[str, Any]:
        """Send an enrolment, unsigned but proved inside.

        Raises Unreachable, Refused; RemoteSyncError, when the answer cannot be read.
        """
        answer = self._exchange("POST", ENROL_PATH, msgspec.json.encode(message), {})
        try:
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except (msgspec.DecodeError, msgspec.ValidationError) as fault:
            raise RemoteSyncError(f"{ENROL_PATH}: {fault}") from fault

    def _call(
        self, method: str, path: str, body: bytes, more: Mapping[str, str] | None = None
    ) -> Answer:
        def call() -> Answer:
            return self._exchange(
                method, path, body, {**self._signed(method, path, body), **(more or {})}
            )

        try:
            return call()
        except Refused as fault:
            if not fault.counter or self._counter is None:
                raise
            # A tablet restored from a copy has lost count; so has one whose twin is at work.
            self._counter.pass_over(fault.counter)
            return call()

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        assert self._key is not None
        assert self._counter is not None
        counter = self._counted = self._counter.next()
        signed = "|".join((method, path, str(counter), sha256(body).hexdigest())).encode()
        signature = base64.urlsafe_b64encode(self._key.sign(signed)).decode().rstrip("=")
        return {"Sync-Auth": f"v1 {self._device_id} {counter} {signature}"}

    def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._is_before_build():
            self._correct_clock()
        try:
            return self._send(method, path, body, headers)
        except Unreachable as fault:
            if self._is_corrected or not tls.is_of_dates(fault):
                raise
            self._correct_clock()
            return self._send(method, path, body, headers)

    def _is_before_build(self) -> bool:
        if self._time is None or self._is_corrected or not self._is_secure:
            return False
        return self._time.clock.wall_ms() < tls.BUILT_MS

    def _correct_clock(self) -> None:
        """Ask for the signed time; check dates against it from now on. Raises ClockWrong."""
        if self._time is None:
            raise ClockWrong("certificate: its dates and the clock do not agree")
        time, nonce = self._time, os.urandom(_NONCE_BYTES)
        count = self.answer_count
        asking = _client(tls.context_without_dates(self._ca_pem))
        self._client, usual = asking, self._client
        try:
            answer = self._send("GET", f"{TIME_PATH}/{nonce.hex()}", b"", {}).content
            server_ms = tls.read_time(answer, nonce, time.server_key)
        except ServerUnproved:
            self._client = usual
            raise
        except (Unreachable, Refused, tls.TimeUnsigned) as fault:
            self._client = usual
            raise ClockWrong(f"time: {fault}") from fault
        finally:
            asking.close()
            self.answer_count = count  # the time is no answer to what is asked
        usual.close()
        began = time.clock.mono_ms()
        time.keep(server_ms - time.clock.wall_ms())
        self._is_corrected = True
        self._client = _client(
            tls.context_at(lambda: server_ms + time.clock.mono_ms() - began, self._ca_pem)
        )

    def _request(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> httpx.Request:
        try:
            request = self._client.build_request(
                method, self._url + path, content=body or None, headers=headers
            )
        except httpx.InvalidURL as fault:  # typed by hand
            raise Unreachable(f"{method} {path}: {fault}") from fault
        up = len(f"{method} {path} HTTP/1.1\r\n") + _size(request.headers) + len(body)
        self.traffic.bytes_up += up
        self.traffic.round_trips += 1
        return request

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        request = self._request(method, path, body, headers)
        content, is_yes = bytearray(), False
        try:
            response = self._client.send(request, stream=True)
            try:
                is_ours = _is_ours(response)
                is_yes = is_ours and response.is_success
                down = len(f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n")
                self.traffic.bytes_down += down + _size(response.headers)
                if is_ours:  # a stranger's page is neither read nor paid for
                    for piece in response.iter_raw():
                        content += piece
            finally:
                response.close()
                self.traffic.bytes_down += len(content)
        except (httpx.TransportError, ssl.SSLError) as fault:
            # A connection that did not open has carried nothing: that is no reason to send or to
            # ask for less.
            is_broken = not isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout)
            part = Part(self._counted, bytes(content)) if is_yes and content else None
            words = f"{method} {path}: {fault!r}"
            if tls.unproved(fault):
                raise ServerUnproved(words) from fault
            raise Unreachable(words, is_broken=is_broken, part=part) from fault
        if is_ours and not response.is_server_error:
            self.answer_count += 1
        whole = httpx.Response(
            response.status_code, headers=response.headers, content=bytes(content)
        )
        return answer_of(whole)


def answer_of(response: httpx.Response) -> Answer:
    """Return what the server says; whoever else answers, it was not reached.

    Raises Unreachable, BodyTooLarge, Refused.
    """
    if not _is_ours(response):
        kind = BodyTooLarge if response.status_code == _TOO_LARGE else Unreachable
        raise kind(f"answered {response.status_code}, not by the server")
    if response.is_success:
        return Answer(_headers(response), response.content)
    # The server's own trouble passes, as that of a line does: what waits is tried again, not given
    # up.
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"answered {response.status_code}")
    try:
        problem = msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        problem = {}
    code = str(problem.get("code", Refused.code))
    if code == "too_large":
        raise BodyTooLarge(f"answered {response.status_code} {code}")
    raise Refused(
        code,
        str(problem.get("detail", "")),
        response.status_code,
        _headers(response),
        counter=problem["counter"] if isinstance(problem.get("counter"), int) else 0,
    )


def _part_of(response: httpx.Response) -> tuple[int, int]:
    """Return where a body begins, and how long the whole is. Raises RemoteSyncError."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        found = re.fullmatch(r"(\d{1,12})", response.headers.get("content-length", ""))
        parts = ("0", found[1]) if found else None
    else:
        found = re.fullmatch(
            r"bytes (\d{1,12})-\d{1,12}/(\d{1,12})", response.headers.get("content-range", "")
        )
        parts = (found[1], found[2]) if found else None
    if parts is None:
        raise RemoteSyncError(f"answered {response.status_code} without saying how much")
    return int(parts[0]), int(parts[1])


def _is_ours(response: httpx.Response) -> bool:
    return answers.is_ours(_headers(response))


def _headers(response: httpx.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _size(headers: httpx.Headers) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.raw) + 2


def _client(verify: ssl.SSLContext | bool) -> httpx.Client:
    line = httpx.HTTPTransport(
        verify=verify, trust_env=False, limits=_LIMITS, socket_options=_SOCKET_OPTIONS
    )
    client = httpx.Client(timeout=_TIMEOUT, transport=line, trust_env=False)
    # What httpx says of itself is a hundred bytes in each request, and paid for on EDGE.
    client.headers.clear()
    return client
