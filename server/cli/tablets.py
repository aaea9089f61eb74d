"""Commands of tablets: linked, helped, emptied; what is carried to them, and brought from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

import msgspec

from server.accounts import devices, enrolment
from server.accounts.commands import agent_of
from server.cli.command import Commands, say
from server.db.work import Database
from server.exchange import bundle
from server.exchange.commands import Exchanges
from server.exchange.courier import take
from server.rights import Right
from server.settings import Settings
from server.updates.offers import AppFiles
from sync import courier, flat, limits, updates
from sync.errors import Refusal


class FileUnwritable(Refusal):
    """The file cannot be written."""

    code = "file_unwritable"


def declare(commands: Commands) -> None:
    """Add them."""
    code = commands.add(
        "enrol-code",
        _enrol_code,
        "make a one-time code that links a tablet to a person",
        Right.OPEN_TABLETS,
    )
    code.add_argument("login")
    code.add_argument("--url", default="", help="the address that tablets shall use")
    bundle_ = commands.add(
        "bundle",
        _bundle,
        "write what a person's next tablet downloads to a file, for `headless install-bundle`",
    )
    bundle_.add_argument("login")
    bundle_.add_argument("--out", required=True, metavar="FILE")
    device = commands.add(
        "revoke-device", _revoke_device, "take a tablet out of service", Right.ORDER_TABLETS
    )
    device.add_argument("device", type=int, help="its number, as the devices page shows it")
    emptied = commands.add(
        "empty-device",
        _empty_device,
        "order a tablet to send all, then empty itself",
        Right.ORDER_TABLETS,
    )
    emptied.add_argument("device", type=int)
    how = emptied.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="at once, whatever is unsent: it is lost")
    how.add_argument("--withdraw", action="store_true", help="it may stay as it is")
    opened = commands.add(
        "pin-code",
        _pin_code,
        "print the code that opens a tablet without its PIN",
        Right.OPEN_TABLETS,
    )
    opened.add_argument("device", type=int)
    opened.add_argument("number", type=int, help="of the code, as the tablet's screen says")
    letter = commands.add(
        "take-courier", _take_courier, "take a tablet's letter from a file, and answer it"
    )
    letter.add_argument("file", metavar="FILE")
    letter.add_argument("--answer", metavar="FILE", help="where to; otherwise FILE.answer")
    app = commands.add(
        "offer-app", _offer_app, "offer tablets a newer app, which they fetch on Wi-Fi"
    )
    app.add_argument("file", metavar="FILE", help="the APK, signed as the one on the tablets is")
    app.add_argument(
        "--version", type=_version, required=True, metavar="N", help="the APK's versionCode"
    )
    commands.add("withdraw-app", _withdraw_app, "offer no app any more")


def _enrol_code(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    code, expires_at = database.write(
        lambda work: enrolment.make_code(work, agent_of(work, parsed.login))
    )
    url = parsed.url or settings.public_url or _served_url(settings)
    shown = {"code": code, "url": url, "expires_at": flat.moment_text(expires_at)}
    say(parsed, shown, f"{code[:5]} {code[5:]}  at {url}, until {shown['expires_at']}")


def _served_url(settings: Settings) -> str:
    """Return where this data folder's server listens, as `serve` noted it."""
    noted = settings.data_dir / "serving"
    return noted.read_text().strip() if noted.exists() else "http://127.0.0.1:8000"


def _bundle(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    agent_id = database.read(lambda records: agent_of(records, parsed.login))
    made = bundle.make(Exchanges(database, settings.slice_count), agent_id)
    try:
        Path(parsed.out).write_bytes(made)
    except OSError as fault:
        raise FileUnwritable(f"{parsed.out}: {fault}", file=parsed.out) from fault
    shown = {"file": parsed.out, "size_bytes": len(made)}
    say(parsed, shown, f"{parsed.out}: {len(made)} bytes for {parsed.login}")


def _revoke_device(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    database.write(lambda work: devices.set_status(work, parsed.device, devices.Status.REVOKED))
    say(parsed, {"revoked": parsed.device}, f"device {parsed.device} revoked")


def _empty_device(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    status = devices.Status.WIPING if parsed.now else devices.Status.LEAVING
    status = devices.Status.ACTIVE if parsed.withdraw else status
    database.write(lambda work: devices.set_status(work, parsed.device, status))
    shown = {"device": parsed.device, "status": status}
    say(parsed, shown, f"device {parsed.device}: {status}, from its next contact on")


def _pin_code(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    code = database.read(
        lambda records: devices.code_for_pin(records, parsed.device, parsed.number)
    )
    say(parsed, {"code": code}, code)


def _take_courier(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    target = Path(parsed.answer or f"{parsed.file}.answer")
    try:
        with Path(parsed.file).open("rb") as file:
            letter = file.read(limits.BODY_BYTES_MAX)
    except OSError as fault:
        raise courier.CourierDamaged(f"{parsed.file}: {fault}") from fault
    answer = take(database, letter, slice_count=settings.slice_count)
    target.write_bytes(answer)
    say(parsed, {"answer": str(target)}, f"taken; the answer for its writer is {target}")


def _offer_app(parsed: Any, settings: Settings, _database: Database, _stdin: TextIO) -> None:
    offered = AppFiles(settings.data_dir).offer(Path(parsed.file), parsed.version)
    lines = [
        f"{abi}: version {offer.version}, {offer.size_bytes} bytes, SHA-256 {offer.sha256}"
        for abi, offer in offered.items()
    ]
    say(parsed, msgspec.to_builtins(offered), "\n".join(lines))


def _withdraw_app(parsed: Any, settings: Settings, _database: Database, _stdin: TextIO) -> None:
    AppFiles(settings.data_dir).withdraw()
    say(parsed, {}, "no app is offered")


def _version(text: str) -> int:
    """Return a versionCode. Raises ValueError."""
    number = int(text)
    if not 1 <= number <= updates.VERSION_MAX:
        raise ValueError(text)
    return number
