"""A message centre on 127.0.0.1: SMPP 3.4 as a thread, which can misbehave."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field

HEADER = struct.Struct("!IIII")
BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 9, 4, 5, 6, 0x15
RESPONSE = 0x80000000
THROTTLED = 0x58


@dataclass
class Submitted:
    """A part as it came."""

    id: str
    phone: str
    coding: int
    esm_class: int
    content: bytes

    @property
    def text(self):
        content = self.content[6:] if self.esm_class & 0x40 else self.content
        return content.decode("utf-16-be" if self.coding == 8 else "ascii")

    @property
    def place(self):
        """Reference, how many parts, which."""
        return tuple(self.content[3:6]) if self.esm_class & 0x40 else None


@dataclass
class Centre:
    """What it is told to do, and what came.

    `throttle`: how many parts it does not take for now; `holds_answers`, `holds_reports`: it says
    nothing of what it took; what is `unread` comes again on the next line;
    `status`: of what it is sent; `binds`: whether it lets anybody in.
    """

    throttle: int = 0
    status: int = 0
    holds_answers: bool = False
    holds_reports: bool = False
    binds: bool = True
    report: str = "DELIVRD"
    submitted: list = field(default_factory=list)
    answered: list = field(default_factory=list)
    held: list = field(default_factory=list)
    unread: dict = field(default_factory=dict)
    bound: int = 0

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._lock, self._lines, self._sequence = threading.Lock(), [], 0
        self.changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_fault):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def cut(self):
        """Break all lines."""
        for line in list(self._lines):
            line.close_hard()

    def wait(self, is_so, timeout=20):
        """Wait until something is so."""
        with self.changed:
            assert self.changed.wait_for(is_so, timeout), "it did not come to this"

    def release_reports(self):
        """Send the reports that were held, on the line there is now."""
        held, self.held = self.held, []
        for part in held:
            self._report(part)

    def say(self, phone, text):
        """Have a phone send a message."""
        try:
            coding, content = 0, text.encode("ascii")
        except UnicodeEncodeError:
            coding, content = 8, text.encode("utf-16-be")
        self._deliver(phone, 0, coding, content)

    def raw(self, content):
        self._lines[-1].write(content)

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            line = _Line(self, connection)
            threading.Thread(target=line.serve, daemon=True).start()

    def _took(self, line, sequence, body):
        part = _part(body, f"m{len(self.submitted) + 1}")
        with self.changed:
            if self.throttle or self.status:
                status = THROTTLED if self.throttle else self.status
                self.throttle = max(0, self.throttle - 1)
                line.pdu(SUBMIT | RESPONSE, sequence, status=status)
                return
            self.submitted.append(part)
            if not self.holds_answers:
                line.pdu(SUBMIT | RESPONSE, sequence, part.id.encode() + b"\0")
                if self.holds_reports:
                    self.held.append(part)
                else:
                    self._report(part)
            self.changed.notify_all()

    def _report(self, part):
        text = f"id:{part.id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 "
        self._deliver(part.phone, 4, 0, f"{text}stat:{self.report} err:000 text:".encode())

    def _deliver(self, phone, esm_class, coding, content):
        with self._lock:
            self._sequence += 1
            sequence = self._sequence
        source = phone.lstrip("+").encode() + b"\0"
        head = b"\0\1\1" + source + b"\0\0" + b"NUQTA\0"
        flags = bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(content)])
        self.unread[sequence] = head + flags + content
        if self._lines:
            self._lines[-1].pdu(DELIVER, sequence, self.unread[sequence])


class _Line:
    def __init__(self, centre, connection):
        self.centre, self.connection, self.lock = centre, connection, threading.Lock()

    def close_hard(self):
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def write(self, content):
        with self.lock:
            self.connection.sendall(content)

    def pdu(self, command, sequence, body=b"", status=0):
        self.write(HEADER.pack(16 + len(body), command, status, sequence) + body)

    def serve(self):
        file = self.connection.makefile("rb")
        try:
            while head := file.read(16):
                length, command, _, sequence = HEADER.unpack(head)
                self._do(command, sequence, file.read(length - 16))
        except (OSError, struct.error):
            pass
        finally:
            if self in self.centre._lines:
                self.centre._lines.remove(self)
            file.close()
            self.connection.close()

    def _do(self, command, sequence, body):
        centre = self.centre
        if command == BIND:
            self.pdu(BIND | RESPONSE, sequence, b"smsc\0", 0 if centre.binds else 0x0D)
            if centre.binds:
                with centre.changed:
                    centre._lines.append(self)
                    centre.bound += 1
                    centre.changed.notify_all()
                    for again, content in list(centre.unread.items()):
                        self.pdu(DELIVER, again, content)
        elif command == SUBMIT:
            centre._took(self, sequence, body)
        elif command == DELIVER | RESPONSE:
            with centre.changed:
                centre.answered.append(sequence)
                centre.unread.pop(sequence, None)
                centre.changed.notify_all()
        elif command in (ENQUIRE, UNBIND):
            self.pdu(command | RESPONSE, sequence)


def _part(body, part_id):
    _service, rest = body.split(b"\0", 1)
    _source, rest = rest[2:].split(b"\0", 1)
    phone, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _schedule, rest = rest.split(b"\0", 1)
    _validity, rest = rest.split(b"\0", 1)
    coding, length = rest[2], rest[4]
    return Submitted(part_id, "+" + phone.decode(), coding, esm_class, rest[5 : 5 + length])
