"""What a hostile browser or tablet sends, drawn from the app's own routes.

A value carries `MARK`, or `NINES` where only digits can be: these are what is looked for.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote_from_bytes
from uuid import UUID

import sqlalchemy as sa

from server.accounts import visitors
from server.people.subjects import ENTERPRISES, PEOPLE
from server.points.fields import EDITED
from server.portal.codes import KNOWN_COOKIE
from server.portal.pages import CODE_COOKIE
from server.web.site import COOKIE, PORTAL_COOKIE
from sync.entities import ENTITIES
from tests.doors.conftest import PHONES, ROLES, address_of, login_of
from tests.fuzz.messages import mutate, seeds
from tests.world import FAR, HOME, sign

MARK, NINES = "zqxjk", "80861739504286"
_SERVER = Path(__file__).parent.parent.parent / "server"

METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "GETT")
CALLS = (
    ("POST", "/sync/v1"),
    ("POST", "/sync/v1/enrol"),
    ("GET", "/sync/v1/time/{key}"),
    ("GET", "/sync/v1/keys"),
    ("GET", "/sync/v1/replies/{key}/{key}"),
    ("GET", "/sync/v1/history/{entity}/{key}"),
    ("POST", "/sync/v1/courier"),
    ("POST", "/sync/v1/wiped"),
    ("POST", "/sync/v1/blobs"),
    ("PATCH", "/sync/v1/blobs/{key}"),
    ("HEAD", "/sync/v1/blobs/{key}"),
    ("GET", "/sync/v1/blobs/{key}"),
    ("OPTIONS", "/sync/v1/blobs"),
    ("GET", "/sync/v1/{key}"),
)
"""What is answered below the one route of the tablets."""

LEADS = ("regional_coordinator", "programme_manager", "point_manager", "")
"""Who may do something on the desk, and nobody."""

FORM = b"application/x-www-form-urlencoded"
TYPES = (FORM, FORM, FORM + b"; charset=utf-16", b"application/json", b"text/plain", b"")
TYPES += (b"multipart/form-data; boundary=x", b"multipart/form-data", b"application/msgpack")
TYPES += (b"application/offset+octet-stream", b"\xff\xfe", b"a/b; boundary=" + MARK.encode())

HEADERS = {
    b"origin": (b"null", b"http://zqxjk.example", b"//", b"http://[", b"http://testserver"),
    b"host": (b"zqxjk.example", b"[", b"a:b", b"", b"\xff", b"[::1]:x", b"a/../zqxjk", b"@"),
    b"accept-language": (b"ar;q=nan", b"fr;q=1e999", b"\xd9\xa1", b"zqxjk;q=-1", b"en," * 900),
    b"content-length": (b"-1", b"\xb2", b"9" * 400, b"0", b"1", b"zqxjk", b""),
    b"range": (b"bytes=9-1", b"bytes=-", b"bytes=0-" + b"9" * 12, b"bytes=\xb2-", b"zqxjk=1-"),
    b"x-forwarded-for": (b"zqxjk", b"127.0.0.1", b"\xff", b"1," * 900),
    b"x-forwarded-proto": (b"zqxjk", b"https"),
    b"accept": (b"application/json", b"zqxjk", b"\xff", b"*/*;q=\xb2"),
    b"accept-encoding": (b"zqxjk", b"\xff", b"gzip;q=nan"),
    b"referer": (b"http://[zqxjk", b"\xff"),
    b"if-none-match": (b'"zqxjk"', b"*", b"\xff"),
    b"if-modified-since": (b"zqxjk", b"Thu, 99 Zzz 99999 99:99:99 GMT"),
    b"x-http-method-override": (b"PATCH", b"HEAD", b"zqxjk", b"\xff"),
    b"tus-resumable": (b"1.0.0", b"1.0.0", b"zqxjk"),
    b"upload-length": (b"10", b"0", b"-1", b"\xb2", b"9" * 15, b"9" * 16),
    b"upload-offset": (b"0", b"1", b"zqxjk", b"\xd9\xa1", b"9" * 15),
    b"upload-checksum": (b"sha256 " + b"A" * 43 + b"=", b"md5 AA==", b"sha256 zqxjk", b"\xff"),
    b"upload-metadata": (
        b"entity dmlzaXQ=,record AAAAAAAAAAAAAAAAAAAAAA==,sha256 " + b"A" * 43 + b"=",
        b"entity /w==,record AA==", b"zqxjk", b",,,", b"entity \xff",
    ),
    b"expect": (b"100-continue", b"zqxjk"),
    b"upgrade": (b"websocket", b"h2c"),
    b"transfer-encoding": (b"chunked", b"zqxjk"),
    b"authorization": (b"Bearer zqxjk", b"Basic \xff"),
    b"zqxjk": (b"zqxjk", b"\xff" * 90),
}  # fmt: skip
"""Name -> values, of which some are what a browser or tablet might send."""

TEXTS = (
    b"\0zqxjk", b"a\0", b"\xed\xa0\x80zqxjk", b"\xff\xfezqxjk", b"\xc3", b"nan", b"NaNzqxjk",
    b"inf", b"-1", b"9" * 386 + NINES.encode(), NINES.encode(), b"1e999", b"0x1", b"1_0",
    b"2147483648", b"9" * 19, b"-0", "\u202ezqxjk\u2066".encode(), "\ufeffzqxjk".encode(),
    "zqxjk\u0301".encode() * 40, "\U0001f9ffzqxjk".encode(), "٣".encode(), "٣٤zqxjk".encode(),
    "²".encode(), "٢٠٢٦-١١-٢٤".encode(), "½".encode(), "Ⅷ".encode(), b"zqxjk" * 1_000,
    b"<b zqxjk>\"'", b"javascript:zqxjk", b"{{7*7}}zqxjk", b"%s%n%dzqxjk", b"{zqxjk}", b"{0.x}",
    b"'; drop table account; --zqxjk", b'" or 1=1 --zqxjk', b"zqxjk*", b'zqxjk" OR NEAR(',
    b"%zqxjk_", b"\\zqxjk", b"\r\nx-zqxjk: 1", b"../../zqxjk", b"//zqxjk.example",
    b"http://zqxjk.example", b" zqxjk ", b"", b" ", b"\t\n", b"2026-02-30", b"99999999-01-01",
    b"0000-01-01", b"2026-11-24", b"1.", b".1", b"1." + b"0" * 32, b"09.541.01.03~" + b"0" * 32,
    b"9" * 24 + b"~" + b"f" * 32, b"0" * 32, b"f" * 32, b"\xe2\x80\xa8zqxjk", b"0612345678",
    b"+212655555555", b"06zqxjk", b"001525713000091", b"Fatima", b"zq", "فاطمة".encode(), b"[]",
    b"{}", b"[1]=zqxjk", b"null", b"true", b"undefined", b"__proto__", b"mo-fr 09:00-12:00",
    b"24/7", b"zqxjk@example.org", b"=zqxjk()", b"a" * 300, b"zqxjk " * 60, b"\x7f\x1bzqxjk",
    b"\xc2\x85zqxjk",
)  # fmt: skip
KEYS = (
    b"%00", b"%FF", b"zqxjk", b"a" * 3_000, b"%D9%A3", b"%C2%B2", b"-1", b"0", b"1", b"1_0",
    b"+1", b"%201", b"9" * 30, b"9" * 5_000, b"..", b"%2e%2e", b"..%2fzqxjk", b"%0d%0ax-zqxjk:1",
    b"%3Cb%20zqxjk%3E", b"%", b"%zz", b"{zqxjk}", b"%7B%7D", b"0" * 32, b"f" * 32, b"0" * 64,
    b"urn:uuid:" + b"0" * 32, b"%D9%A3" * 32, b"%ED%A0%80", b"new", b"paper", b"code", b"held",
    b"%F0%9F%A7%BF", b"a;b=zqxjk", b"a%2Fb", b".", b"%E2%80%AE", b"2147483648",
)  # fmt: skip
ACTS = (
    "wipe",
    "leave",
    "withdraw",
    "revoke",
    "apply",
    "dismiss",
    "correct",
    "mine",
    "theirs",
    "yes",
)
WORDS = [*ACTS, "other", HOME, FAR, "1", "fr", "ar", *(one.name for one in ENTITIES)]
WORDS += sorted({one for entity in ENTITIES for spec in entity.fields for one in spec.choices})


@cache
def names(where):
    """Return the names that a module, or the code below a folder, asks of an address or a form."""
    pattern = re.compile(
        r'(?:asked|form\)?)\.(?:get|number|day|record_id|one_of|several)\(\s*"(\w+)"'
    )
    files = [where] if where.is_file() else where.rglob("*.py")
    found = {name for path in files for name in pattern.findall(path.read_text())}
    return sorted(found | {"lang"})


@cache
def fields():
    """Return the names of what is edited, as forms have them, and a few that no form has."""
    edited = {name for kind in (PEOPLE, ENTERPRISES) for name in kind.edited} | {*EDITED}
    return sorted({*edited, *(f"was_{name}" for name in edited), MARK, "page", "__class__", "a[b]"})


@cache
def module_of(route):
    """Return the file of a route's code."""
    (own, *_) = (one for one in route.route_handlers if one.fn.__module__.startswith("server."))
    return _SERVER.parent / (own.fn.__module__.replace(".", "/") + ".py")


@dataclass(frozen=True)
class Ask:
    """A request as bytes; `role`: whose session it brings, or empty."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    role: str = ""

    def __str__(self):
        said = b" ".join(
            (self.method.encode(), self.target, repr(self.headers).encode(), self.body)
        )
        return f"{self.role}: {said[:1_000]!r}"


class Hostile:
    """Makes requests for the routes of an app."""

    def __init__(self, doors, seed):
        self.doors, self.rng = doors, random.Random(seed)
        self.routes = [route for route in doors.app.routes if hasattr(route, "route_handlers")]
        self.unasked = self.rng.sample(self.routes, len(self.routes))
        self.module = _SERVER / "app.py"
        self.asked = Counter()
        self.counter = 10**6
        self.messages = [data for target, data in seeds() if target == "request"]
        self.sessions, self.portal = {}, ("", "")
        self.renew()

    def renew(self):
        """Open sessions anew, and let the tablets be served again."""
        world = self.doors.world
        for role in ROLES:
            headers, csrf = self.doors.sign_in(login_of(role))
            token = headers["cookie"].split(";")[0].partition("=")[2]
            self.sessions[role] = (token, csrf)
        table, sent = world.database.tables, []
        messages = type("Messages", (), {"send": lambda _self, _phone, body: sent.append(body)})()
        world.database.write(lambda work: work.connection.execute(sa.delete(table.throttle)))
        asked = visitors.send_code(world.database, messages, PHONES["home"], words="{code}")
        entered = world.database.write(lambda work: visitors.check_code(work, asked, sent[0]))
        self.portal = entered.session, entered.visitor.csrf
        self.asking = visitors.send_code(world.database, messages, PHONES["home"], words="{code}")
        again = sa.update(table.device).values(status="active")
        world.database.write(lambda work: work.connection.execute(again))

    def make(self):
        """Return a request: three in four for a route, one for a call of the tablets.

        Each route is asked once before any is asked again.
        """
        if self.rng.random() < 0.25:
            return self._call()
        route = self.unasked.pop() if self.unasked else self.rng.choice(self.routes)
        path, asked = route.path, [one for one in route.methods if one != "OPTIONS"]
        self.asked[path] += 1
        self.module = module_of(route)
        method = self.rng.choice(asked if self.rng.random() < 0.85 else METHODS)
        role = self.rng.choice(ROLES) if self.rng.random() < 0.5 else self.rng.choice(LEADS)
        token, csrf = self.sessions.get(role, ("", MARK))
        if path.startswith("/portal"):
            role, (token, csrf) = "", self.portal
        target = self._path(path) + self._query()
        headers = [*self._cookies(path, token), *self._headers()]
        body = b""
        if method not in ("GET", "HEAD", "OPTIONS") or self.rng.random() < 0.03:
            kind, body = self._body(csrf)
            headers.append((b"content-type", kind))
        return self._ask(method, target, headers, body, role)

    def _ask(self, method, target, headers, body, role=""):
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(body)).encode()))
        if not any(name == b"host" for name, _ in headers):
            headers.append((b"host", b"testserver"))
        if not any(name == b"accept" for name, _ in headers):
            headers.append((b"accept", b"text/html"))
        return Ask(method, target, tuple(headers), body, role)

    # Addresses

    def _key(self):
        place = self.rng.choice((self.doors.own, self.doors.other))
        ids = [place.point, place.person, place.enterprise, place.visit, place.review, place.voice]
        known = self.rng.choice(ids)
        own = str(UUID(bytes=known)).encode(), known.hex().encode(), str(place.device).encode()
        return self.rng.choice(KEYS) if self.rng.random() < 0.6 else self.rng.choice(own)

    def _path(self, route):
        place = self.rng.choice((self.doors.own, self.doors.other))
        known = address_of(route, place)
        if known is not None and self.rng.random() < 0.5:
            path = known.encode()
        else:
            path = re.sub(rb"\{[^}]*\}", lambda _: self._key(), route.encode())
        return self._bent(path)

    def _bent(self, path):
        if self.rng.random() > 0.1:
            return path
        bent = (
            b"/" + path, path + b"/", path.replace(b"/", b"//"), path + b"/../", path.upper(),
            path + b"%2F", path + b";zqxjk", path + b"%00", b"/." + path,
            path + b"/" + self._key(), path[:-1], b"/%2e%2e" + path,
            path.replace(b"/", b"%2f")[:0] + b"/" + path.replace(b"/", b"%2f"),
            b"/static/x/..%2f..%2fzqxjk",
        )  # fmt: skip
        return self.rng.choice(bent)

    def _value(self):
        return (
            self.rng.choice(WORDS).encode() if self.rng.random() < 0.3 else self.rng.choice(TEXTS)
        )

    def _pair(self):
        where = self.rng.choice((self.module, self.module, self.module.parent, _SERVER, None))
        name = self.rng.choice(names(where) if where else fields()).encode()
        value = self._value()
        return quote_from_bytes(name, safe=b"[]").encode() + b"=" + self._written(value)

    def _written(self, value):
        written = quote_from_bytes(value, safe=self.rng.choice((b"", b"/:"))).encode()
        return (
            written
            if self.rng.random() < 0.95
            else written + self.rng.choice((b"%", b"%f", b"%zz"))
        )

    def _query(self):
        chance = self.rng.random()
        if chance < 0.45:
            return b""
        if chance < 0.47:
            return b"?" + b"&".join(self._pair()[:200] for _ in range(60))
        if chance < 0.49:
            return b"?" + self.rng.choice(
                (b"&&&", b"=zqxjk", b"q=a;b=zqxjk", b"?" * 90, b"%", b"q=%00")
            )
        pairs = [self._pair() for _ in range(self.rng.randint(1, 3))]
        if self.rng.random() < 0.1:
            pairs.append(pairs[0])
        return b"?" + b"&".join(pairs)

    # Heads

    def _cookies(self, path, token):
        name = (PORTAL_COOKIE if path.startswith("/portal") else COOKIE).encode()
        asking, chance = self.asking.encode(), self.rng.random()
        live = name + b"=" + token.encode()
        own = CODE_COOKIE.encode() + b"=" + asking
        if chance < 0.75:
            known = (
                KNOWN_COOKIE.encode() + b"=" + self.rng.choice((b"zqxjk", b"A" * 38, b"%00", b""))
            )
            said = self.rng.choice(
                (live, live, live + b"; " + own, live + b"; lang=zqxjk; " + known)
            )
            return [(b"cookie", said)]
        strange = (
            name + b"=zqxjk", name + b"=\xff\xfe", name + b"=%00zqxjk",
            name + b'="' + token.encode() + b'"', live + b"; " + name + b"=zqxjk",
            b"=; ;;==" + name, b"zqxjk", b"a=b;" * 500, name + b"=" + b"x" * 4_000,
            b"lang=\xff; " + live, b"lang=%ED%A0%80",
        )  # fmt: skip
        if chance < 0.95:
            return [(b"cookie", self.rng.choice(strange))]
        return [(b"cookie", live), (b"cookie", self.rng.choice(strange))]

    def _headers(self, most=2):
        found = []
        for _ in range(self.rng.randint(0, most) if self.rng.random() < 0.6 else 0):
            name = self.rng.choice(tuple(HEADERS))
            found.append((name, self.rng.choice(HEADERS[name])))
        return found

    # Bodies

    def _body(self, csrf):
        kind, chance = FORM, self.rng.random()
        if chance < 0.12:
            kind = self.rng.choice(TYPES)
        if chance < 0.03:
            return kind, self.rng.choice(
                (
                    b'{"_csrf_token": "zqxjk"}',
                    b"[" * 9_000,
                    b'{"a":"\\ud800"}',
                    b"\xff\xfe\0",
                    b"null",
                )
            )
        if chance < 0.06:
            part = b'--x\r\nContent-Disposition: form-data; name="q"; filename="../zqxjk"'
            part += b"\r\n\r\nzqxjk\r\n"
            return kind, part + self.rng.choice((b"", b"--x--\r\n", part * 90))
        if chance < 0.08:
            return kind, b"&".join([self._pair()[:40]] * self.rng.choice((100, 3_999, 4_001)))
        if chance < 0.085:
            return kind, b"q=" + b"a" * 300_000
        pairs = [self._pair() for _ in range(self.rng.randint(0, 6))]
        if self.rng.random() < 0.6:
            pairs.insert(0, b"_csrf_token=" + quote_from_bytes(csrf.encode()).encode())
        if self.rng.random() < 0.1 and pairs:
            pairs.append(pairs[-1])
        return kind, b"&".join(pairs)

    # The tablets' calls

    def _call(self):
        method, path = self.rng.choice(CALLS)
        self.asked[path] += 1
        entity = self.rng.choice([*WORDS[-90:], MARK, "person", "visit", "%00"]).encode()
        target = path.encode().replace(b"{entity}", entity)
        target = self._bent(re.sub(rb"\{key\}", lambda _: self._key(), target))
        if self.rng.random() < 0.15:
            method = self.rng.choice(METHODS)
        body = self._message(path) if method in ("POST", "PATCH") else b""
        headers = self._headers(4)
        chance = self.rng.random()
        if chance < 0.5:
            headers.append((b"sync-auth", self._signature(method, target, body)))
        elif chance < 0.9:
            headers.append((b"sync-auth", self._strange_signature()))
        if self.rng.random() < 0.1:
            target += self._query()
        return self._ask(method, target, headers, body)

    def _signature(self, method, target, body):
        store = self.rng.choice(self.doors.world.tablets).store
        self.counter += self.rng.choice((1, 1, 1, 2, 100))
        return sign(store, self.counter, body, target.decode("latin-1"), method).encode()

    def _strange_signature(self):
        device = self.rng.choice(
            (str(self.doors.own.device), "1", "9" * 10, "9" * 400, "²", "-1", MARK)
        )
        counter = self.rng.choice((str(self.counter), "0", "9" * 19, "9" * 400, "٣", ""))
        signature = self.rng.choice(("A" * 86, "A" * 85, MARK, "A" * 5_000, "é" * 86, ""))
        version = self.rng.choice(("v1", "v1", "v1", "v2", ""))
        return f"{version} {device} {counter} {signature}".encode()

    def _message(self, path):
        if path.endswith("/enrol"):
            code = self.rng.choice((MARK, "0" * 12, "\\u0000", "\\ud800", "9" * 5_000, "٣" * 12))
            key = self.rng.choice((MARK, "04" + "00" * 64, "04" + "ff" * 64, "zz", "", "٣٣"))
            proof = self.rng.choice(("00" * 64, "ff" * 64, MARK, ""))
            said = f'{{"code":"{code}","public_key":"{key}","proof":"{proof}","build":"\\u0000"}}'
            broken = said[: self.rng.randint(0, len(said))]
            return self.rng.choice((said, said, said, broken, "[]", "null", "[" * 9_000)).encode()
        if path == "/sync/v1":
            one, other = self.rng.choice(self.messages), self.rng.choice(self.messages)
            return mutate("request", one, other, self.rng)
        size = self.rng.choice((0, 1, 10, 500, 20_000))
        return self.rng.choice((b"NUQTA", MARK.encode(), b"")) + self.rng.randbytes(size)
