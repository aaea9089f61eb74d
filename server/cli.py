"""The server's commands. Each says what it did; with --json, for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import msgspec

from server import problems, serving
from server.accounts import commands, devices, incarnations, passwords, territories, throttle
from server.accounts.standing import THE_OPERATOR
from server.app import build_app, open_database
from server.check import check
from server.db.records import NotFound
from server.db.schema import EPOCH_BYTES, change_epoch, is_current, migrate
from server.db.work import Database, Work
from server.exchange import bundle, decide, snapshots
from server.exchange.commands import Exchanges
from server.exchange.courier import take
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.people import authorisations
from server.phrases import load_phrases
from server.pilot.generate import generate
from server.reference.load import load
from server.rights import Right
from server.settings import BadSettings, Settings
from server.updates.offers import AppFiles
from sync import courier, flat, limits, updates
from sync.entities.agent import ROLES
from sync.entities.forms import NATIONAL_CARD
from sync.errors import Refusal

DONE, REFUSED, MISUSED = 0, 4, 2


class NotMigrated(Refusal):
    """The database has not the schema of this program."""

    code = "database_not_migrated"


class BadMoment(Refusal):
    """Not a moment that has been, written with its zone."""

    code = "moment_wrong"


class FileUnwritable(Refusal):
    """The file cannot be written."""

    code = "file_unwritable"


def main(arguments: Sequence[str], environ: Mapping[str, str], stdin: TextIO) -> int:
    """Run one command. Returns the exit status: 0 done, 2 misused, 4 refused."""
    parsed = parser().parse_args(arguments)
    try:
        settings = Settings.from_env(environ)
    except BadSettings as bad:
        for mistake in bad.mistakes:
            print(mistake, file=sys.stderr)
        return MISUSED
    database = open_database(settings)
    try:
        THE_OPERATOR.require(parsed.right)
        if parsed.command is not _migrate and not is_current(database.engines, database.tables):
            raise NotMigrated("run `python -m server migrate` first")
        result = parsed.command(parsed, settings, database, stdin)
    except Refusal as refusal:
        language = problems.language_of(environ.get("LANG", ""))
        sentence = load_phrases(language).sentence(refusal.code, refusal.values)
        if getattr(parsed, "json", False):
            print(json.dumps({"code": refusal.code, "sentence": sentence}, ensure_ascii=False))
        print(f"{refusal.code}: {sentence} ({refusal})", file=sys.stderr)
        return REFUSED
    finally:
        database.engines.close()
    return int(result or DONE)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m server",
        description="The server of Nuqta: contact points, people and visits of the programme.",
        epilog="Settings: NUQTA_DATABASE_URL (SQLite in the data folder by default, or "
        "postgresql://…), NUQTA_DATA_DIR (./var), NUQTA_PUBLIC_URL (how tablets reach this "
        "server), NUQTA_SLICE_COUNT (half-years of visits on a tablet, 2), NUQTA_DEMO=1 "
        "(shows /dev/outbox). First: migrate, load-reference, create-user, serve.",
    )
    commands_ = top.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, command: Callable[..., Any], about: str, right: Right = Right.RUN_SERVER
    ) -> argparse.ArgumentParser:
        one = commands_.add_parser(name, help=about, description=about)
        one.set_defaults(command=command, right=right)
        one.add_argument("--json", action="store_true", help="print the result as JSON")
        return one

    add("migrate", _migrate, "make the database, or bring it to this program's schema and search")
    add("load-reference", _load_reference, "load the regions, provinces and communes of Morocco")
    pilot = add(
        "generate-pilot", _generate_pilot, "fill the three pilot provinces with invented data"
    )
    pilot.add_argument("--seed", type=int, default=1, help="the same seed, the same data (1)")
    pilot.add_argument("--farmers", type=int, default=2_000, help="how many farmers (2000)")
    pilot.add_argument("--visits", type=int, default=6_000, help="how many visits (6000)")
    user = add(
        "create-user",
        _create_user,
        "make an account; the password on standard input",
        Right.MANAGE_ACCOUNTS,
    )
    user.add_argument("login")
    user.add_argument("--role", required=True, choices=ROLES)
    user.add_argument(
        "--commune",
        action="extend",
        nargs="+",
        default=[],
        metavar="CODE",
        help="communes of this person; the code of a province or region means all of its communes",
    )
    user.add_argument("--name-fr", help="the name in Latin letters")
    user.add_argument("--name-ar", help="the name in Arabic letters")
    user.add_argument("--language", choices=("fr", "ar"), default="fr")
    user.add_argument(
        "--point", metavar="ID", help="the contact point that a point manager manages"
    )
    add("list-accounts", _list_accounts, "print all accounts", Right.MANAGE_ACCOUNTS)
    for name, command, about in (
        ("disable-account", _disable_account, "no sign-in any more, and nothing to its tablets"),
        ("enable-account", _enable_account, "let a disabled account work again"),
        ("set-password", _set_password, "give another password; it is read from standard input"),
    ):
        add(name, command, about, Right.MANAGE_ACCOUNTS).add_argument("login")
    role = add("set-role", _set_role, "give an account another role", Right.MANAGE_ACCOUNTS)
    role.add_argument("login")
    role.add_argument("role", choices=ROLES)
    role.add_argument(
        "--point", metavar="ID", help="the contact point that a point manager manages"
    )
    code = add(
        "enrol-code",
        _enrol_code,
        "make a one-time code that links a tablet to a person",
        Right.OPEN_TABLETS,
    )
    code.add_argument("login")
    code.add_argument("--url", default="", help="the address that tablets shall use")
    for name, command, about in (
        ("grant", _grant, "give communes to a person"),
        ("revoke", _revoke, "take communes from a person; nothing captured before is lost"),
    ):
        one = add(name, command, about, Right.MANAGE_ACCOUNTS)
        one.add_argument("login")
        one.add_argument("--commune", action="extend", nargs="+", required=True, metavar="CODE")
    bundle_ = add(
        "bundle",
        _bundle,
        "write what a person's next tablet downloads to a file, for `headless install-bundle`",
    )
    bundle_.add_argument("login")
    bundle_.add_argument("--out", required=True, metavar="FILE")
    device = add(
        "revoke-device", _revoke_device, "take a tablet out of service", Right.ORDER_TABLETS
    )
    device.add_argument("device", type=int, help="its number, as the devices page shows it")
    emptied = add(
        "empty-device",
        _empty_device,
        "order a tablet to send all, then empty itself",
        Right.ORDER_TABLETS,
    )
    emptied.add_argument("device", type=int)
    how = emptied.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="at once, whatever is unsent: it is lost")
    how.add_argument("--withdraw", action="store_true", help="it may stay as it is")
    opened = add(
        "pin-code",
        _pin_code,
        "print the code that opens a tablet without its PIN",
        Right.OPEN_TABLETS,
    )
    opened.add_argument("device", type=int)
    opened.add_argument("number", type=int, help="of the code, as the tablet's screen says")
    cards = add(
        "authorise-cards",
        _authorise_cards,
        "let tablets ask for national cards, by the reference of the CNDP's authorisation",
    )
    which = cards.add_mutually_exclusive_group(required=True)
    which.add_argument("reference", nargs="?", help="of the decision")
    which.add_argument("--withdraw", action="store_true", help="ask for no card any more")
    cards.add_argument("--from", dest="given_on", type=flat.day_number, metavar="DAY")
    cards.add_argument("--until", dest="ends_on", type=flat.day_number, metavar="DAY")
    serve = add("serve", _serve, "serve tablets, coordinators and the portal until stopped")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="the port (8000)")
    app = add("offer-app", _offer_app, "offer tablets a newer app, which they fetch on Wi-Fi")
    app.add_argument("file", metavar="FILE", help="the APK, signed as the one on the tablets is")
    app.add_argument(
        "--version", type=_version, required=True, metavar="N", help="the APK's versionCode"
    )
    add("withdraw-app", _withdraw_app, "offer no app any more")
    add("purge-uploads", _purge_uploads, "forget uploads that nobody continued for 30 days")
    add(
        "build-snapshots",
        _build_snapshots,
        "prepare what new tablets download; to be run each night",
    )
    add(
        "nightly",
        _nightly,
        "what is due each night: purge-uploads, build-snapshots, check; for a timer",
    )
    epoch = add(
        "new-epoch",
        _new_epoch,
        "to be run after a backup was restored: tablets compare, and send again what is missing",
    )
    epoch.add_argument(
        "--since",
        metavar="MOMENT",
        help="when the backup was restored, with its zone, if the server has served since then",
    )
    add(
        "replay-held",
        _replay_held,
        "to be run after an upgrade: try all that is held once more by the present rules",
    )
    letter = add("take-courier", _take_courier, "take a tablet's letter from a file, and answer it")
    letter.add_argument("file", metavar="FILE")
    letter.add_argument("--answer", metavar="FILE", help="where to; otherwise FILE.answer")
    backed_up = add(
        "backed-up",
        _backed_up,
        "to be run when a backup was verified: tablets may forget what it holds",
    )
    backed_up.add_argument(
        "--at",
        required=True,
        metavar="MOMENT",
        help="when the backup began, with its zone: 2026-11-25T02:00:00+01:00",
    )
    add("check", _check, "check settings and schema; recompute the feed's counts and digests")
    return top


def _migrate(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    ran = migrate(database.engines, database.tables, epoch=os.urandom(EPOCH_BYTES))
    _say(parsed, {"revisions": ran}, f"{len(ran)} revisions ran: {', '.join(ran) or 'none needed'}")


def _load_reference(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    loaded = database.write(load)
    _say(parsed, loaded, ", ".join(f"{count} {name}" for name, count in loaded.items()) + " new")


def _generate_pilot(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    made = generate(
        database,
        seed=parsed.seed,
        farmer_count=parsed.farmers,
        visit_count=parsed.visits,
        tell=_progress if sys.stderr.isatty() else lambda _what, _done, _all: None,
    )
    _say(parsed, made, ", ".join(f"{count} {name}" for name, count in made.items()))


def _progress(what: str, done: int, whole: int) -> None:
    filled = 30 * done // max(whole, 1)
    end = "\n" if done >= whole else ""
    print(
        f"\r{what:<14} {'█' * filled}{'·' * (30 - filled)} {done}/{whole}", end=end, file=sys.stderr
    )


def _create_user(parsed: Any, _s: Settings, database: Database, stdin: TextIO) -> None:
    password = passwords.hash_password(stdin.readline().rstrip("\n"))

    def create(work: Work) -> bytes:
        return commands.create_user(
            work,
            parsed.login,
            parsed.role,
            parsed.commune,
            password,
            name_fr=parsed.name_fr,
            name_ar=parsed.name_ar,
            language=parsed.language,
            point_id=_point(parsed),
        )

    agent_id = database.write(create)
    _say(parsed, {"login": parsed.login, "id": agent_id.hex()}, f"{parsed.login} ({parsed.role})")


def _point(parsed: Any) -> bytes | None:
    """Return the id of `--point`. Raises NotFound."""
    try:
        return UUID(parsed.point).bytes if parsed.point else None
    except ValueError as fault:
        raise NotFound("point: not an id", entity="contact_point") from fault


def _list_accounts(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    found = database.read(commands.accounts)
    lines = [
        f"{one.login}\t{one.role}\t{one.status}\t{one.commune_count} communes"
        f"\t{one.tablet_count} tablets"
        for one in found
    ]
    _say(parsed, {"accounts": [asdict(one) for one in found]}, "\n".join(lines))


def _disable_account(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    _change_account(parsed, database, lambda work, one: commands.set_status(work, one, "disabled"))


def _enable_account(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    _change_account(parsed, database, lambda work, one: commands.set_status(work, one, "active"))


def _set_password(parsed: Any, _s: Settings, database: Database, stdin: TextIO) -> None:
    password = passwords.hash_password(stdin.readline().rstrip("\n"))
    _change_account(parsed, database, lambda work, one: commands.set_password(work, one, password))


def _set_role(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    point = _point(parsed)
    _change_account(
        parsed,
        database,
        lambda work, one: commands.set_role(work, one, parsed.role, point_id=point),
    )


def _change_account(parsed: Any, database: Database, change: Callable[[Work, bytes], None]) -> None:
    """Change the account of a login, and print how it stands. Raises NotFound, Refusal."""
    database.write(lambda work: change(work, commands.agent_of(work, parsed.login)))
    login = parsed.login.strip().lower()
    (now,) = (one for one in database.read(commands.accounts) if one.login == login)
    _say(parsed, asdict(now), f"{now.login} ({now.role}): {now.status}")


def _enrol_code(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    code, expires_at = database.write(
        lambda work: devices.make_code(work, commands.agent_of(work, parsed.login))
    )
    url = parsed.url or settings.public_url or _served_url(settings)
    shown = {"code": code, "url": url, "expires_at": flat.moment_text(expires_at)}
    _say(parsed, shown, f"{code[:5]} {code[5:]}  at {url}, until {shown['expires_at']}")


def _served_url(settings: Settings) -> str:
    """Return where this data folder's server listens, as `serve` noted it."""
    noted = settings.data_dir / "serving"
    return noted.read_text().strip() if noted.exists() else "http://127.0.0.1:8000"


def _grant(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    given = database.write(
        lambda work: territories.grant(
            work, commands.agent_of(work, parsed.login), parsed.commune, by=None
        )
    )
    _say(parsed, {"granted": given}, f"{parsed.login}: {len(given)} communes more")


def _revoke(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    taken = database.write(
        lambda work: territories.revoke(work, commands.agent_of(work, parsed.login), parsed.commune)
    )
    _say(parsed, {"revoked": taken}, f"{parsed.login}: {len(taken)} communes less")


def _revoke_device(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    database.write(lambda work: devices.set_status(work, parsed.device, devices.Status.REVOKED))
    _say(parsed, {"revoked": parsed.device}, f"device {parsed.device} revoked")


def _empty_device(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    status = devices.Status.WIPING if parsed.now else devices.Status.LEAVING
    status = devices.Status.ACTIVE if parsed.withdraw else status
    database.write(lambda work: devices.set_status(work, parsed.device, status))
    shown = {"device": parsed.device, "status": status}
    _say(parsed, shown, f"device {parsed.device}: {status}, from its next contact on")


def _pin_code(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    code = database.read(
        lambda records: devices.code_for_pin(records, parsed.device, parsed.number)
    )
    _say(parsed, {"code": code}, code)


def _authorise_cards(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    def enter(work: Work) -> None:
        if parsed.withdraw:
            authorisations.withdraw(work, NATIONAL_CARD)
        else:
            dates = {"given_on": parsed.given_on, "ends_on": parsed.ends_on}
            authorisations.authorise(work, NATIONAL_CARD, parsed.reference, **dates)

    database.write(enter)
    told = "not asked any more" if parsed.withdraw else f"asked, by {parsed.reference}"
    _say(parsed, {"reference": parsed.reference}, f"national cards: {told}")


def _bundle(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    agent_id = database.read(lambda records: commands.agent_of(records, parsed.login))
    made = bundle.make(Exchanges(database, settings.slice_count), agent_id)
    try:
        Path(parsed.out).write_bytes(made)
    except OSError as fault:
        raise FileUnwritable(f"{parsed.out}: {fault}", file=parsed.out) from fault
    shown = {"file": parsed.out, "size_bytes": len(made)}
    _say(parsed, shown, f"{parsed.out}: {len(made)} bytes for {parsed.login}")


def _build_snapshots(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    made = snapshots.build(database, lambda done, of: _progress("snapshots", done, of))
    _say(parsed, {"made": made}, f"{made} snapshots made")


def _new_epoch(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    epoch = os.urandom(EPOCH_BYTES)
    since_ms = None if parsed.since is None else _moment_ms(parsed.since)
    database.write(lambda work: change_epoch(work, epoch, since_ms=since_ms))
    _say(parsed, {"epoch": epoch.hex()}, f"the epoch is {epoch.hex()} now")


def _replay_held(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    done = decide.replay_all(database, slice_count=settings.slice_count)
    words = f"{done.applied} held changes applied, {done.held} wait still"
    _say(parsed, {"applied": done.applied, "held": done.held}, words)


def _take_courier(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    target = Path(parsed.answer or f"{parsed.file}.answer")
    try:
        with Path(parsed.file).open("rb") as file:
            letter = file.read(limits.BODY_BYTES_MAX)
    except OSError as fault:
        raise courier.CourierDamaged(f"{parsed.file}: {fault}") from fault
    answer = take(database, letter, slice_count=settings.slice_count)
    target.write_bytes(answer)
    _say(parsed, {"answer": str(target)}, f"taken; the answer for its writer is {target}")


def _backed_up(parsed: Any, _s: Settings, database: Database, _stdin: TextIO) -> None:
    moment_ms = _moment_ms(parsed.at)
    if moment_ms > database.clock():
        raise BadMoment(f"backed-up: {parsed.at} is still to come", moment=parsed.at)
    database.write(lambda work: incarnations.note_backup(work, moment_ms))
    _say(parsed, {"backed_up_ms": moment_ms}, f"everything up to {parsed.at} is backed up")


def _moment_ms(text: str) -> int:
    """Return a moment written with its zone as Unix milliseconds. Raises BadMoment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadMoment(f"{text!r}: no moment", moment=text) from fault
    if moment.tzinfo is None:
        raise BadMoment(f"{text!r}: no zone", moment=text)
    return int(moment.timestamp() * 1_000)


def _serve(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "serving").write_text(f"http://{parsed.host}:{parsed.port}\n")
    if reference := settings.card_authorisation:
        database.write(lambda work: authorisations.require(work, NATIONAL_CARD, reference))
    serving.run(build_app(settings, database), parsed.host, parsed.port)


def _version(text: str) -> int:
    """Return a versionCode. Raises ValueError."""
    number = int(text)
    if not 1 <= number <= updates.VERSION_MAX:
        raise ValueError(text)
    return number


def _offer_app(parsed: Any, settings: Settings, _d: Database, _stdin: TextIO) -> None:
    offered = AppFiles(settings.data_dir).offer(Path(parsed.file), parsed.version)
    lines = [
        f"{abi}: version {one.version}, {one.size_bytes} bytes, SHA-256 {one.sha256}"
        for abi, one in offered.items()
    ]
    _say(parsed, msgspec.to_builtins(offered), "\n".join(lines))


def _withdraw_app(parsed: Any, settings: Settings, _d: Database, _stdin: TextIO) -> None:
    AppFiles(settings.data_dir).withdraw()
    _say(parsed, {}, "no app is offered")


def _purge_uploads(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    gone = Uploads(database, BlobFiles(settings.data_dir)).purge()
    _say(parsed, {"purged": gone}, f"{gone} uploads forgotten")


def _nightly(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> int:
    """Do each job whatever became of the one before. Returns REFUSED if one failed."""
    jobs: dict[str, Callable[[], Any]] = {
        "purged": lambda: Uploads(database, BlobFiles(settings.data_dir)).purge(),
        "forgotten_tries": lambda: database.write(throttle.forget_old),
        "snapshots": lambda: snapshots.build(database, lambda _done, _of: None),
        "faults": lambda: check(settings, database)["faults"],
    }
    done: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, job in jobs.items():
        try:
            done[name] = job()
        except Refusal as refusal:
            refused[name] = refusal.code
            print(f"{name}: {refusal.code}: {refusal}", file=sys.stderr)
    lines = [f"{name}: {value}" for name, value in {**done, **refused}.items()]
    _say(parsed, {**done, "refused": refused}, "\n".join(lines))
    return REFUSED if refused or done.get("faults") else DONE


def _check(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> int:
    found = check(settings, database)
    lines = [f"{name}: {value}" for name, value in found.items() if name != "faults"]
    _say(parsed, found, "\n".join([*lines, *(f"FAULT {fault}" for fault in found["faults"])]))
    return REFUSED if found["faults"] else DONE


def _say(parsed: Any, result: Mapping[str, Any], words: str) -> None:
    print(json.dumps(result, ensure_ascii=False) if parsed.json else words)
