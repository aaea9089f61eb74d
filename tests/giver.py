"""Gives pages on the portal without a browser, over a line that breaks; counts what it sends."""

from __future__ import annotations

import base64
import http.client
import re
import secrets
import socket
import time
from uuid import UUID

from server.portal.arriving import PIECE_BYTES

_WRITE_BYTES = 8 * 1024
_AGAIN_S = 0.05


class Giver:
    """Somebody whose phone was checked, with as much patience as our script has.

    `sent`: bytes of pages that were written to the line, those sent again too; `calls`: so many.
    """

    def __init__(self, connect, cookie, silent_s):
        """Take what opens a socket, the cookies of a session, and when silence is a broken line."""
        self._connect, self._cookie, self._silent_s = connect, cookie, silent_s
        self._line, self._token = None, ""
        self.sent = self.calls = self.broken = 0

    def call(self, method, address, headers=(), body=b""):
        """Make a call. Returns its status, headers and body. Raises OSError: nothing came back."""
        self.calls += 1
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("portal")
                self._line.sock = self._connect()
                self._line.sock.settimeout(self._silent_s)
            self._line.putrequest(method, address, skip_host=True)
            given = {"host": "127.0.0.1", "cookie": self._cookie, "content-length": str(len(body))}
            for name, value in {**given, **dict(headers)}.items():
                self._line.putheader(name, value)
            self._line.endheaders()
            for at in range(0, len(body), _WRITE_BYTES):
                self._line.sock.sendall(body[at : at + _WRITE_BYTES])
                self.sent += len(body[at : at + _WRITE_BYTES])
            answer = self._line.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as fault:
            self.broken += 1
            self.drop()
            time.sleep(_AGAIN_S)
            raise OSError("no answer") from fault

    def drop(self):
        """Close the line, as a browser that is closed does."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def in_pieces(self, request, code, content):
        """Begin a page and send it piece by piece; yield the offset after each call, at last None.

        Who takes no more of it has closed the browser: `go_on` takes it up again.
        """
        named = {"request": str(UUID(bytes=request)), "paper": code}
        said = ",".join(
            f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in named.items()
        )
        _, headers, _ = self._surely(
            "POST",
            "/portal/uploads",
            {"upload-length": str(len(content)), "upload-metadata": said},
        )
        self.address = headers["location"]
        yield from self.go_on(self.address, content)

    def go_on(self, address, content):
        """Send what the server has not of a page, as `in_pieces`."""
        while True:
            _, headers, _ = self._surely("HEAD", address)
            offset = int(headers["upload-offset"])
            try:
                while offset < len(content):
                    yield offset
                    offset = self._piece(address, offset, content)
            except OSError:
                continue
            yield None
            return

    def as_form(self, address, content):
        """Send a page as its form does without script, until it is answered."""
        border = secrets.token_hex(16).encode()
        for _ in range(100):
            try:
                fields = b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
                token = fields % (border, b"_csrf_token", b"", self._csrf().encode())
                page = fields % (border, b"page", b'; filename="a.pdf"', content)
                kind = {"content-type": f"multipart/form-data; boundary={border.decode()}"}
                body = token + page + b"--%b--\r\n" % border
                status, _, _ = self.call("POST", address, kind, body)
            except OSError:
                continue
            assert status == 303, status
            return
        raise AssertionError("never answered")

    def _piece(self, address, offset, content):
        headers = {
            **self._own(),
            "content-type": "application/offset+octet-stream",
            "upload-offset": str(offset),
        }
        piece = content[offset : offset + PIECE_BYTES]
        status, answered, body = self.call("PATCH", address, headers, piece)
        if status == 409:  # what was given up came after all
            raise OSError("elsewhere")
        assert status == 204, body
        return int(answered["upload-offset"])

    def _surely(self, method, address, headers=()):
        for _ in range(200):
            try:
                status, answered, body = self.call(
                    method, address, {**self._own(), **dict(headers)}
                )
            except OSError:
                continue
            assert status in (200, 201), body
            return status, answered, body
        raise AssertionError("never answered")

    def _own(self):
        return {"tus-resumable": "1.0.0", "x-csrf-token": self._csrf()}

    def _csrf(self):
        while not self._token:
            try:
                _, _, page = self.call("GET", "/portal/register")
            except OSError:
                continue
            self._token = re.search(rb'name="_csrf_token" value="([^"]+)"', page)[1].decode()
        return self._token


def connecting(host, port, patience_s=10.0):
    """Return what opens a socket to a server."""
    return lambda: socket.create_connection((host, port), patience_s)
