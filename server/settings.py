"""What an operator may set, by environment. Read once, in `__main__`; passed, never imported."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from sync import typed


class BadSettings(Exception):
    """Settings that cannot be; `mistakes` names all of them at once."""

    def __init__(self, mistakes: list[str]) -> None:
        """Keep the list."""
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class Secret(str):
    """A text that no log shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Hide it."""
        return "***"


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """The operator's message centre.

    Args:
        source: whence phones see messages come: a name of 11 letters, or a number.
    """

    host: str
    port: int
    system_id: str
    password: Secret
    source: str


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """What may be spent on messages, by a centre or by a program.

    Args:
        per_second: how many segments may go in a second.
        a_day: how many may go in a day; a fifth is kept for codes.
        centimes: what one costs, in hundredths of a dirham.
    """

    per_second: int = 10
    a_day: int = 5_000
    centimes: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The server's settings.

    Args:
        database_url: SQLAlchemy address; SQLite in the data folder by default.
        data_dir: everything the server keeps besides the database.
        public_url: how tablets reach the server; goes into enrolment codes. Empty: as asked.
        is_demo: shows /dev/outbox, which holds one-time codes. Never in production.
        slice_count: how many half-years of visits a tablet carries.
        secure_cookies: cookies only over HTTPS; off where the address is a loopback.
        card_authorisation: the authority's reference (law 09-08), entered when the server starts
            to serve; `server.people.authorisations` says what follows from it.
        message_command: the program that sends a short message (`server.messages`).
        sms: the message centre that sends it; None: there is none.
        limits: what may be spent on messages.
        keys_file: the keys that seal photos and documents; None: `keys` of the data folder.
    """

    database_url: str
    data_dir: Path
    public_url: str = ""
    is_demo: bool = False
    slice_count: int = 2
    secure_cookies: bool = False
    card_authorisation: str = ""
    message_command: str = ""
    sms: SmsSettings | None = None
    limits: SmsLimits = SmsLimits()
    keys_file: Path | None = None

    def reached_at(self, scope: Mapping[str, Any]) -> str:
        """Return how others reach this server; where nobody said, where it listens.

        Never the Host that a request names.

        Args:
            scope: of a request, as ASGI has it.
        """
        host, port = scope["server"] or ("127.0.0.1", None)
        listening = f"{scope['scheme']}://{host}" + (f":{port}" if port else "")
        return self.public_url or listening

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read `NUQTA_…`. Raises BadSettings with every mistake found."""
        mistakes: list[str] = []
        data_dir = Path(environ.get("NUQTA_DATA_DIR") or "var").absolute()
        url = environ.get("NUQTA_DATABASE_URL") or f"sqlite:///{data_dir / 'nuqta.db'}"
        try:
            if make_url(url).get_backend_name() not in ("sqlite", "postgresql"):
                mistakes.append("NUQTA_DATABASE_URL: neither sqlite nor postgresql")
        except ArgumentError:
            mistakes.append("NUQTA_DATABASE_URL: not an address like sqlite:////srv/nuqta.db")
        public_url = (environ.get("NUQTA_PUBLIC_URL") or "").rstrip("/")
        if public_url and not public_url.startswith(("http://", "https://")):
            mistakes.append("NUQTA_PUBLIC_URL: must begin with https://")
        slices = typed.counted(environ.get("NUQTA_SLICE_COUNT") or "2")
        if not 1 <= slices <= 40:
            mistakes.append("NUQTA_SLICE_COUNT: a number from 1 to 40")
        message_command = environ.get("NUQTA_MESSAGE_COMMAND") or ""
        if message_command and not os.access(message_command, os.X_OK):
            mistakes.append("NUQTA_MESSAGE_COMMAND: not a program that can be run")
        keys_file = environ.get("NUQTA_KEYS_FILE") or ""
        if keys_file and not os.access(keys_file, os.R_OK):
            mistakes.append("NUQTA_KEYS_FILE: not a file that can be read")
        sms, limits = _sms(environ, mistakes), _limits(environ, mistakes)
        if mistakes:
            raise BadSettings(mistakes)
        return cls(
            database_url=url,
            data_dir=data_dir,
            public_url=public_url,
            is_demo=environ.get("NUQTA_DEMO") == "1",
            slice_count=slices,
            secure_cookies=public_url.startswith("https://"),
            card_authorisation=typed.line(environ.get("NUQTA_CARD_AUTHORISATION") or ""),
            message_command=message_command,
            sms=sms,
            limits=limits,
            keys_file=Path(keys_file).absolute() if keys_file else None,
        )

    @property
    def messages_by(self) -> str:
        """Return who sends messages: `demo`, `centre`, `program`; `nobody`: they wait in vain."""
        if self.is_demo:
            return "demo"
        return "centre" if self.sms else "program" if self.message_command else "nobody"

    def shown(self) -> dict[str, object]:
        """Return the settings for people: without the database's password."""
        return {
            "database_url": make_url(self.database_url).render_as_string(hide_password=True),
            "data_dir": str(self.data_dir),
            "public_url": self.public_url,
            "is_demo": self.is_demo,
            "slice_count": self.slice_count,
            "card_authorisation": self.card_authorisation,
            "message_command": self.message_command,
            "keys_file": str(self.keys_file or ""),
            "sms": f"{self.sms.host}:{self.sms.port}" if self.sms else "",
        }


def _sms(environ: Mapping[str, str], mistakes: list[str]) -> SmsSettings | None:
    """Read `NUQTA_SMPP_URL`; adds to the mistakes found."""
    text = environ.get("NUQTA_SMPP_URL") or ""
    if not text:
        return None
    try:
        url = urlsplit(text)
        system_id, password = unquote(url.username or ""), unquote(url.password or "")
        host, port, source = url.hostname or "", url.port or 2775, unquote(url.path).strip("/")
    except ValueError:
        host = system_id = password = source = ""
        port = 0
    # SMPP 3.4, 5.2: the lengths that its fields have.
    is_bounded = 0 < len(system_id) <= 15 and len(password) <= 8 and 0 < len(source) <= 20
    is_address = text.startswith("smpp://") and bool(host) and source.isascii()
    if not (is_bounded and is_address and system_id.isascii() and password.isascii()):
        mistakes.append("NUQTA_SMPP_URL: not like smpp://NAME:PASSWORD@HOST:2775/SENDER")
    return SmsSettings(host, port, system_id, Secret(password), source)


def _limits(environ: Mapping[str, str], mistakes: list[str]) -> SmsLimits:
    """Read `NUQTA_SMS_…`; adds to the mistakes found."""
    numbers = {}
    for name, otherwise, most in (("PER_SECOND", 10, 1_000), ("A_DAY", 5_000, 10**7)):
        number = typed.counted(environ.get(f"NUQTA_SMS_{name}") or str(otherwise))
        if not 1 <= number <= most:
            mistakes.append(f"NUQTA_SMS_{name}: a number from 1 to {most}")
        numbers[name.lower()] = number
    centimes = typed.counted(environ.get("NUQTA_SMS_CENTIMES") or "0")
    if not 0 <= centimes <= 10_000:
        mistakes.append("NUQTA_SMS_CENTIMES: a number from 0 to 10000")
    return SmsLimits(centimes=centimes, **numbers)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
