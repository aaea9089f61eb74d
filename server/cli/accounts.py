"""Commands of accounts: who they are, what they may, where."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO
from uuid import UUID

from server.accounts import commands as accounts
from server.accounts import passwords, territories
from server.cli.command import Commands, say
from server.db.records import NotFound
from server.db.work import Database, Work
from server.people import authorisations
from server.reference.offices import offices
from server.rights import ACCOUNT_ROLES, Right
from server.settings import Settings
from sync import flat
from sync.entities.forms import NATIONAL_CARD


def declare(commands: Commands) -> None:
    """Add them."""
    user = commands.add(
        "create-user",
        _create_user,
        "make an account; the password on standard input",
        Right.MANAGE_ACCOUNTS,
    )
    user.add_argument("login")
    user.add_argument("--role", required=True, choices=ACCOUNT_ROLES)
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
    user.add_argument("--phone", default="", help="by which the office calls this person")
    user.add_argument("--language", choices=("fr", "ar"), default="fr")
    _declare_place(user)
    commands.add("list-accounts", _list_accounts, "print all accounts", Right.MANAGE_ACCOUNTS)
    for name, command, about in (
        ("disable-account", _disable_account, "no sign-in any more, and nothing to its tablets"),
        ("enable-account", _enable_account, "let a disabled account work again"),
        ("set-password", _set_password, "give another password; it is read from standard input"),
    ):
        commands.add(name, command, about, Right.MANAGE_ACCOUNTS).add_argument("login")
    role = commands.add(
        "set-role", _set_role, "give an account another role", Right.MANAGE_ACCOUNTS
    )
    role.add_argument("login")
    role.add_argument("role", choices=ACCOUNT_ROLES)
    _declare_place(role)
    phone = commands.add(
        "set-phone", _set_phone, "by which the office calls a person", Right.MANAGE_ACCOUNTS
    )
    phone.add_argument("login")
    phone.add_argument("phone", nargs="?", default="", help="left out, there is none any more")
    for name, command, about in (
        ("grant", _grant, "give communes to a person"),
        ("revoke", _revoke, "take communes from a person; nothing captured before is lost"),
    ):
        territory = commands.add(name, command, about, Right.MANAGE_ACCOUNTS)
        territory.add_argument("login")
        territory.add_argument(
            "--commune", action="extend", nargs="+", required=True, metavar="CODE"
        )
    _declare_cards(commands)


def _declare_place(command: ArgumentParser) -> None:
    """Add what a role may need to be told: a point, an organisation."""
    command.add_argument(
        "--point", metavar="ID", help="the contact point that a point manager manages"
    )
    command.add_argument(
        "--organisation",
        default="",
        metavar="CODE",
        choices=tuple(offices()),
        help=f"for which a back office answers requests: {', '.join(offices())}",
    )


def _declare_cards(commands: Commands) -> None:
    cards = commands.add(
        "authorise-cards",
        _authorise_cards,
        "let tablets ask for national cards, by the reference of the CNDP's authorisation",
    )
    which = cards.add_mutually_exclusive_group(required=True)
    which.add_argument("reference", nargs="?", help="of the decision")
    which.add_argument("--withdraw", action="store_true", help="ask for no card any more")
    cards.add_argument("--from", dest="given_on", type=flat.day_number, metavar="DAY")
    cards.add_argument("--until", dest="ends_on", type=flat.day_number, metavar="DAY")


def _create_user(parsed: Any, _settings: Settings, database: Database, stdin: TextIO) -> None:
    password = passwords.hash_password(stdin.readline().rstrip("\n"))

    def create(work: Work) -> bytes:
        return accounts.create_user(
            work,
            parsed.login,
            parsed.role,
            parsed.commune,
            password,
            name_fr=parsed.name_fr,
            name_ar=parsed.name_ar,
            language=parsed.language,
            point_id=_point(parsed),
            organisation=parsed.organisation,
            phone=parsed.phone,
        )

    agent_id = database.write(create)
    say(parsed, {"login": parsed.login, "id": agent_id.hex()}, f"{parsed.login} ({parsed.role})")


def _point(parsed: Any) -> bytes | None:
    """Return the id of `--point`. Raises NotFound."""
    try:
        return UUID(parsed.point).bytes if parsed.point else None
    except ValueError as fault:
        raise NotFound("point: not an id", entity="contact_point") from fault


def _list_accounts(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    found = database.read(accounts.accounts)
    lines = [
        f"{account.login}\t{account.role}\t{account.status}\t{account.commune_count} communes"
        f"\t{account.tablet_count} tablets"
        for account in found
    ]
    say(parsed, {"accounts": [asdict(account) for account in found]}, "\n".join(lines))


def _disable_account(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    _change_account(
        parsed, database, lambda work, agent_id: accounts.set_status(work, agent_id, "disabled")
    )


def _enable_account(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    _change_account(
        parsed, database, lambda work, agent_id: accounts.set_status(work, agent_id, "active")
    )


def _set_password(parsed: Any, _settings: Settings, database: Database, stdin: TextIO) -> None:
    password = passwords.hash_password(stdin.readline().rstrip("\n"))
    _change_account(
        parsed, database, lambda work, agent_id: accounts.set_password(work, agent_id, password)
    )


def _set_role(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    point = _point(parsed)
    _change_account(
        parsed,
        database,
        lambda work, agent_id: accounts.set_role(
            work, agent_id, parsed.role, point_id=point, organisation=parsed.organisation
        ),
    )


def _set_phone(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    _change_account(
        parsed,
        database,
        lambda work, agent_id: accounts.set_phone(work, agent_id, parsed.phone),
    )


def _change_account(parsed: Any, database: Database, change: Callable[[Work, bytes], None]) -> None:
    """Change the account of a login, and print how it stands. Raises NotFound, Refusal."""
    database.write(lambda work: change(work, accounts.agent_of(work, parsed.login)))
    login = parsed.login.strip().lower()
    (now,) = (account for account in database.read(accounts.accounts) if account.login == login)
    say(parsed, asdict(now), f"{now.login} ({now.role}): {now.status}")


def _grant(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    given = database.write(
        lambda work: territories.grant(
            work, accounts.agent_of(work, parsed.login), parsed.commune, by=None
        )
    )
    say(parsed, {"granted": given}, f"{parsed.login}: {len(given)} communes more")


def _revoke(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    taken = database.write(
        lambda work: territories.revoke(work, accounts.agent_of(work, parsed.login), parsed.commune)
    )
    say(parsed, {"revoked": taken}, f"{parsed.login}: {len(taken)} communes less")


def _authorise_cards(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    def enter(work: Work) -> None:
        if parsed.withdraw:
            authorisations.withdraw(work, NATIONAL_CARD)
        else:
            dates = {"given_on": parsed.given_on, "ends_on": parsed.ends_on}
            authorisations.authorise(work, NATIONAL_CARD, parsed.reference, **dates)

    database.write(enter)
    state = "not asked any more" if parsed.withdraw else f"asked, by {parsed.reference}"
    say(parsed, {"reference": parsed.reference}, f"national cards: {state}")
