"""Whom the tablet believes to be the server: real TLS on this machine, from enrolment on.

Android is played by the two classes of Java that are asked; `tests/android` runs them as Java.
"""

from __future__ import annotations

import logging
import sys
from types import ModuleType, SimpleNamespace

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mobile_app.device import authorities, java, managed
from mobile_app.exchange import connection, runner
from mobile_app.exchange.calls import ServerUnproved
from mobile_app.headless import open_store
from mobile_app.screens.enrol.presenter import EnrolPresenter
from mobile_app.store.database import transaction
from server.accounts import enrolment
from tests.mobile_app.scenes import a_context
from tests.test_wrong_clock import NOW, Issuer, served
from tests.world import HOME, World


class JavaException(Exception):
    """What jnius raises when Java throws."""


class Android:
    """Its store of authorities and its managed configuration, as Java gives them."""

    def __init__(self, monkeypatch, api=34):
        self.certificates, self.settings, self.is_broken = {}, {}, False
        jnius = ModuleType("jnius")
        jnius.JavaException = JavaException
        monkeypatch.setitem(sys.modules, "jnius", jnius)
        monkeypatch.setattr(sys, "getandroidapilevel", lambda: api, raising=False)
        version = SimpleNamespace(SDK_INT=api)
        keystore = SimpleNamespace(getInstance=self.open)
        classes = {"android.os.Build$VERSION": version, "java.security.KeyStore": keystore}
        monkeypatch.setattr(java, "of", classes.__getitem__)
        bundle = SimpleNamespace(getString=self.setting)
        manager = SimpleNamespace(getApplicationRestrictions=lambda: bundle)
        monkeypatch.setattr(java, "service", {"restrictions": manager}.__getitem__)

    def setting(self, name):
        return self.settings.get(name)

    def open(self, name):
        assert name == "AndroidCAStore"
        if self.is_broken:
            raise JavaException("KeyStoreException")
        aliases = list(self.certificates)
        listed = SimpleNamespace(
            hasMoreElements=lambda: bool(aliases), nextElement=lambda: aliases.pop(0)
        )
        return SimpleNamespace(
            load=lambda _from: None,
            aliases=lambda: listed,
            getCertificate=lambda alias: SimpleNamespace(
                getEncoded=lambda: self.certificates[alias]
            ),
        )


@pytest.fixture(autouse=True)
def asked_anew():
    yield
    authorities.trusted.cache_clear()


@pytest.fixture
def android(monkeypatch):
    authorities.trusted.cache_clear()
    return Android(monkeypatch)


@pytest.fixture(scope="module")
def issuer():
    return Issuer()


@pytest.fixture
def world(furnished_url, tmp_path):
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        world.user("one", HOME)
        yield world


@pytest.fixture
def server(world, issuer, tmp_path):
    """Yield the address of a server that enrols, behind a certificate of `issuer`."""

    def answer(method, path, header, body):
        if not path.endswith("/enrol"):
            return world.endpoint.answer(method, path, header, body)
        message = msgspec.json.decode(body, type=enrolment.Enrolment)
        return msgspec.json.encode(
            world.database.write(lambda work: enrolment.enrol(work, message))
        )

    with served(world, issuer.context(tmp_path, NOW - 1, NOW + 9), answer) as (url, calls):
        yield SimpleNamespace(url=url, calls=calls)


def der(issuer):
    return issuer.certificate.public_bytes(Encoding.DER)


def enrolled(world, server, path):
    """Enrol by the screen, as an agent does. Returns the screen's presenter."""
    path.mkdir()
    context = a_context(path, "fr")
    context.store = open_store(path, None)
    screen = EnrolPresenter(context)
    screen.submit(screen.managed.server_url or server.url, world.code("one"))
    return screen


def exchange(screen):
    store = screen.context.opened
    line = connection.connect(store)
    try:
        return runner.exchange(store, line)
    finally:
        line.close()


def test_a_server_whom_nobody_vouches_for_gets_nothing_and_that_is_said(world, server, tmp_path):
    screen = enrolled(world, server, tmp_path / "tablet")
    assert not screen.is_done
    assert screen.problem == screen.context.say("refusal.server_unproved")
    assert server.calls == []


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_tablet_that_believes_it_is_1970_is_told_to_set_the_date(
    world, issuer, android, tmp_path, language
):
    """Its clock cannot be turned here: a certificate that begins in years is the same to it."""
    android.certificates = {"system:1": der(issuer)}
    with served(world, issuer.context(tmp_path, NOW + 10, NOW + 12)) as (url, calls):
        context = a_context(tmp_path, language)
        screen = EnrolPresenter(context)
        screen.submit(url, world.code("one"))
    assert screen.problem == context.say("refusal.clock_wrong")
    assert calls == []


def test_on_android_whom_the_system_trusts_vouches_from_enrolment_on(
    world, server, issuer, android, tmp_path
):
    android.certificates = {"system:1": der(Issuer()), "system:2": der(issuer)}
    screen = enrolled(world, server, tmp_path / "tablet")
    assert (screen.problem, screen.is_done) == ("", True)
    assert exchange(screen).pending == 0


def test_whom_a_person_installed_vouches_for_nobody(world, server, issuer, android, tmp_path):
    android.certificates = {"system:1": der(Issuer()), "user:2": der(issuer)}
    screen = enrolled(world, server, tmp_path / "tablet")
    assert screen.problem == screen.context.say("refusal.server_unproved")


def test_the_owners_own_authority_vouches_alone_and_may_be_followed_by_another(
    world, server, issuer, android, tmp_path
):
    android.certificates = {"system:1": der(Issuer())}
    android.settings = {"server_url": server.url, "authority_pem": issuer.pem}
    screen = enrolled(world, server, tmp_path / "tablet")
    assert (screen.problem, screen.is_done) == ("", True)
    android.settings = {}
    assert exchange(screen).pending == 0, "it is kept"
    android.settings = {"authority_pem": Issuer().pem}
    with pytest.raises(ServerUnproved):
        exchange(screen)
    store = screen.context.opened
    with transaction(store.db):
        store.kept.ca_pem = Issuer().pem
    android.settings = {"authority_pem": issuer.pem}
    assert exchange(screen).pending == 0


@pytest.mark.parametrize("api", [24, 34])
def test_where_the_systems_are_frozen_or_broken_those_of_this_program_serve(monkeypatch, api):
    import certifi

    android = Android(monkeypatch, api)
    android.is_broken = api == 34
    authorities.trusted.cache_clear()
    assert authorities.trusted() == certifi.contents()


@pytest.mark.parametrize("certificate", [b"", b"no certificate"])
def test_one_that_cannot_be_read_takes_the_others_not_away(android, certificate):
    android.certificates = {"system:1": certificate}
    assert str(authorities.trusted()).count("BEGIN CERTIFICATE") > 50


def test_a_desk_asks_its_own_system():
    assert authorities.trusted() is None
    assert managed.of_this_device() == managed.Managed()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_url", "http://nuqta.example"),
        ("server_url", "https://nuqta.example/ x"),
        ("server_url", "https://one@nuqta.example"),
        ("server_url", "nuqta:https://nuqta.example#CODE"),
        ("authority_pem", "no certificate"),
        ("authority_pem", "-----BEGIN CERTIFICATE-----\nنقطة\n-----END CERTIFICATE-----"),
    ],
)
def test_what_is_set_wrong_is_left_out_and_told_without_its_value(android, caplog, name, value):
    android.settings = {name: value}
    with caplog.at_level(logging.WARNING):
        assert managed.of_this_device() == managed.Managed()
    assert f"{name} is wrong" in caplog.text
    assert value not in caplog.text


@pytest.mark.parametrize("between", ["", " ", "\r\n"])
def test_a_certificate_that_lost_its_lines_is_read(android, issuer, between):
    android.settings = {"authority_pem": between.join(2 * issuer.pem.splitlines())}
    assert managed.of_this_device().authority_pem == 2 * issuer.pem


def test_the_screen_says_where_the_address_comes_from(android, issuer, tmp_path):
    screen = EnrolPresenter(a_context(tmp_path, "fr"))
    assert screen.remark() == ""
    android.settings = {"authority_pem": issuer.pem}
    screen = EnrolPresenter(screen.context)
    assert screen.remark() == screen.context.say("tablet.enrol.authority")
    android.settings["server_url"] = " https://nuqta.example:8443/tablets "
    screen = EnrolPresenter(screen.context)
    assert screen.managed.server_url == "https://nuqta.example:8443/tablets"
    assert screen.remark() == screen.context.say("tablet.enrol.managed")
