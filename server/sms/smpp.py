"""One connection to a message centre: SMPP 3.4, as a transceiver.

aiosmpplib writes and reads the bodies. Its own client is not used: it answers for itself what is
in flight, cuts texts by letters where the alphabet counts septets, and writes whole messages into
its log when one cannot be read. Here whoever calls knows of each part what became of it, and a
report is answered after it is stored.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from aiosmpplib.protocol import BindTransceiver, DeliverSm, SmppMessage, SubmitSm
from aiosmpplib.state import NPI, TON, PhoneNumber

from server.sms.outbox import Stage
from server.sms.segments import Segments
from sync.errors import Refusal

_HEADER = struct.Struct("!IIII")
_PDU_BYTES_MAX = 8_192
_READ_BYTES = 65_536
_RESPONSE = 0x8000_0000
_UDH = 0x40
_WIDE = "ucs2"
_TIMEOUT_S = 10.0
_BEAT_S, _SILENCE_S = 30.0, 60.0
_GATHER_S = 0.02
_SEQUENCE_MAX = 0x7FFF_FFFF
_SOURCE_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)
_RECEIPT = re.compile(r"\bid:(\S{1,64})\b.*?\bstat:([A-Z]+)", re.ASCII | re.IGNORECASE | re.DOTALL)
_STAGES = {"DELIVRD": Stage.DELIVERED} | dict.fromkeys(
    ("EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN"), Stage.UNDELIVERED
)


class Command(IntEnum):
    """Commands of SMPP 3.4, 5.1.2.1, that are spoken here."""

    NACK = 0x8000_0000
    SUBMIT = 0x0000_0004
    DELIVER = 0x0000_0005
    UNBIND = 0x0000_0006
    BIND = 0x0000_0009
    ENQUIRE = 0x0000_0015


class Status(IntEnum):
    """What a centre says of a part, 5.1.3; of those that it is asked to take."""

    TAKEN = 0x00
    FAULT = 0x08
    NO_PHONE = 0x0B
    FULL = 0x14
    FAILED = 0x45
    BUSY = 0x58
    UNKNOWN = 0xFF


class CentreRefused(Refusal):
    """The centre did not let us in: a wrong name or password, or too many connections."""

    code = "message_centre_refused"


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the centre is and who we are there. `source`: whence phones see messages come."""

    host: str
    port: int
    system_id: str
    password: str
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the centre said of a part: under which id it took it, or a status that is not 0."""

    sequence: int
    status: int
    centre_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a part; None: it is on its way."""

    sequence: int
    centre_id: str
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a phone to us."""

    sequence: int
    phone: str
    text: str


Event = Answer | Report | Inbound


class Line(Protocol):
    """A connection, as the sender uses it. `window`: parts that may wait for an answer."""

    @property
    def window(self) -> int: ...  # noqa: D102 - said above

    def submit(self, phone: str, text: Segments, number: int, reference: int) -> int:
        """Send a part, counted from 1. Returns its sequence. Raises OSError."""

    def poll(self, timeout_s: float) -> list[Event]:
        """Return what came, soon after something did. Raises OSError: the line is broken."""

    def acknowledge(self, sequence: int) -> None:
        """Say that a report or message is stored: it does not come again. Raises OSError."""

    def close(self) -> None:
        """Take leave, whatever becomes of the line."""


class Connection:
    """A line to a centre, over TCP."""

    window = 128

    def __init__(self, centre: Centre) -> None:
        """Connect, and say who we are. Raises OSError, CentreRefused."""
        self._source, self._sequence, self._read = _source(centre.source), 0, b""
        self._heard_at = self._asked_at = time.monotonic()
        self._socket = socket.create_connection((centre.host, centre.port), timeout=_TIMEOUT_S)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._bind(centre)
        except BaseException:
            self._socket.close()
            raise

    def submit(self, phone: str, text: Segments, number: int, reference: int) -> int:
        """Send a part. Raises OSError."""
        total = len(text.parts)
        head = b"" if total == 1 else bytes((5, 0, 3, reference & 0xFF, total, number))
        message = SubmitSm(
            short_message="-",  # it wants one; the bytes are those below
            source=self._source,
            destination=PhoneNumber(phone.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN),
            esm_class=_UDH if head else 0,
            encoding=_WIDE if text.is_wide else None,
            sequence_num=self._next(),
        )
        message.set_encoded_message(head + text.parts[number - 1])
        self._socket.sendall(message.pdu())
        return int(message.sequence_num)

    def poll(self, timeout_s: float) -> list[Event]:
        """Return what came. Raises OSError."""
        now = time.monotonic()
        if now - self._heard_at > _SILENCE_S:
            raise TimeoutError("the centre says nothing")
        if now - max(self._heard_at, self._asked_at) > _BEAT_S:
            self._asked_at = now
            self._write(Command.ENQUIRE, self._next())
        wait, end = timeout_s, now + timeout_s + _GATHER_S
        while select.select([self._socket], [], [], wait)[0]:
            self._fill()
            # What comes now comes in many small pieces: they are stored together.
            wait = min(_GATHER_S, end - time.monotonic())
            if wait <= 0:
                break
        found = []
        while (pdu := self._cut()) is not None:
            if (event := self._event(pdu)) is not None:
                found.append(event)
        return found

    def acknowledge(self, sequence: int) -> None:
        """Say that it is stored. Raises OSError."""
        self._write(Command.DELIVER | _RESPONSE, sequence, b"\0")

    def close(self) -> None:
        """Take leave."""
        try:
            self._write(Command.UNBIND, self._next())
        except OSError:
            pass
        finally:
            self._socket.close()

    def _bind(self, centre: Centre) -> None:
        sequence = self._next()
        asked = BindTransceiver(
            system_id=centre.system_id, password=centre.password, sequence_num=sequence
        )
        self._socket.sendall(asked.pdu())
        while (pdu := self._cut()) is None:
            self._fill()
        command, status, _, _ = pdu
        if command != Command.BIND | _RESPONSE or status:
            raise CentreRefused(f"message centre: status {status}")

    def _event(self, pdu: tuple[int, int, int, bytes]) -> Event | None:
        command, status, sequence, body = pdu
        if command == Command.SUBMIT | _RESPONSE or (command == Command.NACK and sequence):
            named = body.partition(b"\0")[0][:64].decode("ascii", "replace")
            is_nack = command == Command.NACK
            return Answer(sequence, status or Status.UNKNOWN if is_nack else status, named)
        if command == Command.DELIVER:
            return self._delivered(sequence, body)
        if command == Command.ENQUIRE:
            self._write(command | _RESPONSE, sequence)
        elif command == Command.UNBIND:
            self._write(command | _RESPONSE, sequence)
            raise ConnectionError("the centre takes leave")
        elif not command & _RESPONSE:
            self._write(Command.NACK, sequence, status=3)
        return None

    def _delivered(self, sequence: int, body: bytes) -> Event | None:
        """Return what a phone or the centre sent; what cannot be read is answered, and dropped."""
        whole = _HEADER.pack(16 + len(body), Command.DELIVER, 0, sequence) + body
        try:
            message = DeliverSm.from_pdu(whole, SmppMessage.parse_header(whole), "gsm0338")
            assert isinstance(message, DeliverSm)
            text, phone = str(message.short_message), str(message.source.number)
            is_report = message.is_receipt()
        except Exception:  # noqa: BLE001 - a library's reader of what strangers send
            self.acknowledge(sequence)
            return None
        if not is_report:
            return Inbound(sequence, phone, text)
        said = _RECEIPT.search(text)
        if said is None:
            return Report(sequence, "", None)
        return Report(sequence, said[1], _STAGES.get(said[2].upper()))

    def _next(self) -> int:
        self._sequence = self._sequence % _SEQUENCE_MAX + 1
        return self._sequence

    def _write(self, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        self._socket.sendall(_HEADER.pack(16 + len(body), command, status, sequence) + body)

    def _fill(self) -> None:
        read = self._socket.recv(_READ_BYTES)
        if not read:
            raise ConnectionError("the centre is gone")
        self._read += read
        self._heard_at = time.monotonic()

    def _cut(self) -> tuple[int, int, int, bytes] | None:
        """Return the next command, status, sequence and body; None: it is not here yet."""
        if len(self._read) < _HEADER.size:
            return None
        length, command, status, sequence = _HEADER.unpack_from(self._read)
        if not _HEADER.size <= length <= _PDU_BYTES_MAX:
            raise ConnectionError("the centre sends no SMPP")
        if len(self._read) < length:
            return None
        body, self._read = self._read[_HEADER.size : length], self._read[length:]
        return command, status, sequence, body


def _source(source: str) -> PhoneNumber:
    if _SOURCE_DIGITS.fullmatch(source):
        is_short = len(source) < 7
        ton = TON.NETWORK_SPECIFIC if is_short else TON.INTERNATIONAL
        return PhoneNumber(source.lstrip("+"), ton, NPI.ISDN)
    return PhoneNumber(source, TON.ALPHANUMERIC, NPI.UNKNOWN)
