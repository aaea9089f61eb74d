"""A tablet whose clock is years wrong, and a server behind TLS: nothing is sent on a doubtful date.

The clock of this machine cannot be turned. So the certificate is: one that begins in years is to
the tablet what any certificate is to a clock that lies years back.
"""

import datetime as dt
import ipaddress
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mobile_app.exchange import connection, enrolment, runner, tls
from mobile_app.exchange.calls import ClockWrong, Unreachable
from mobile_app.store.database import transaction
from tests.world import HOME, World

YEAR_MS = 365 * 86_400_000
NOW = 2026


class Issuer:
    """A certificate authority for a test."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        self.certificate = self._sign(self.name, self.key.public_key(), 2000, 2090, is_ca=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _sign(self, name, key, first_year, last_year, *, is_ca):
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime(first_year, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(last_year, 12, 31, tzinfo=dt.UTC))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if is_ca:
            usage = x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            )
            built = built.add_extension(usage, critical=True)
        else:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            built = built.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return built.sign(self.key, hashes.SHA256())

    def context(self, folder, first_year, last_year):
        """Return a server's context with a certificate of these years."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        made = self._sign(name, key.public_key(), first_year, last_year, is_ca=False)
        path = folder / f"server-{first_year}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@contextmanager
def served(world, context, answer=None):
    """Serve the world's endpoint over TLS; yield the address and the calls that came."""
    calls = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            calls.append((self.command, self.path.split("/")[3:4]))
            given = (answer or world.endpoint.answer)(
                self.command, self.path, self.headers.get("sync-auth", ""), body
            )
            self.send_response(200)
            self.send_header("sync", "1")
            self.send_header("content-length", str(len(given)))
            self.end_headers()
            self.wfile.write(given)

        do_GET = do_POST = handle_any  # noqa: N815 - as the base names them

        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass  # a handshake that the tablet ends

    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def world(furnished_url, tmp_path):
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        world.user("one", HOME)
        yield world


@pytest.fixture(scope="module")
def issuer():
    return Issuer()


def linked(world, issuer, url):
    """A tablet that was enrolled while its clock was right, with a person not yet sent."""
    tablet = world.tablet("one")
    with transaction(tablet.store.db):
        tablet.store.kept.url = url
        tablet.store.kept.ca_pem = issuer.pem
    tablet.put("person", name_fr="Fatima", commune_code=HOME)
    return tablet


def exchange(tablet):
    transport = connection.connect(tablet.store)
    try:
        return runner.exchange(tablet.store, transport)
    finally:
        transport.close()


def test_a_right_clock_asks_for_no_time(world, issuer, tmp_path):
    world.now = max(world.now, tls.BUILT_MS)
    with served(world, issuer.context(tmp_path, NOW - 1, NOW + 9)) as (url, calls):
        assert exchange(linked(world, issuer, url)).pending == 0
    assert calls == [("POST", [])]


def test_a_clock_years_back_is_put_right_by_the_signed_time(world, issuer, tmp_path):
    world.now += 14 * YEAR_MS
    with served(world, issuer.context(tmp_path, NOW + 13, NOW + 15)) as (url, calls):
        tablet = linked(world, issuer, url)
        tablet.clock.wall -= 14 * YEAR_MS
        done = exchange(tablet)
    assert done.pending == 0
    assert calls == [("GET", ["time"]), ("POST", [])]
    assert tablet.store.kept.clock_off_ms == 14 * YEAR_MS


def test_a_clock_before_the_program_was_made_asks_first(world, issuer, tmp_path):
    with served(world, issuer.context(tmp_path, NOW - 1, NOW + 9)) as (url, calls):
        tablet = linked(world, issuer, url)
        tablet.clock.wall = tls.BUILT_MS - 1
        assert exchange(tablet).pending == 0
    assert calls == [("GET", ["time"]), ("POST", [])]


def test_an_expired_certificate_gets_no_data(world, issuer, tmp_path):
    with served(world, issuer.context(tmp_path, 2018, 2019)) as (url, calls):
        tablet = linked(world, issuer, url)
        with pytest.raises(Unreachable):
            exchange(tablet)
    assert calls == [("GET", ["time"])]
    assert tablet.store.outbox.pending_count() == 1


def test_an_expired_certificate_cannot_turn_the_clock_back(world, issuer, tmp_path):
    def impostor(_method, _path, _header, _body):
        return (1_530_000_000_000).to_bytes(8, "big") + bytes(64)

    with served(world, issuer.context(tmp_path, 2018, 2019), impostor) as (url, calls):
        tablet = linked(world, issuer, url)
        with pytest.raises(ClockWrong):
            exchange(tablet)
    assert calls == [("GET", ["time"])]
    assert tablet.store.kept.clock_off_ms is None


def test_an_answer_heard_before_is_no_time(world, issuer, tmp_path):
    heard = world.endpoint.answer("GET", "/sync/v1/time/" + "00" * 16, "", b"")

    with served(world, issuer.context(tmp_path, 2018, 2019), lambda *_: heard) as (url, calls):
        tablet = linked(world, issuer, url)
        with pytest.raises(ClockWrong):
            exchange(tablet)
    assert calls == [("GET", ["time"])]


def test_another_issuer_is_not_even_asked_for_the_time(world, issuer, tmp_path):
    other = Issuer()
    for years in ((NOW - 1, NOW + 9), (2018, 2019)):
        with served(world, other.context(tmp_path, *years)) as (url, calls):
            tablet = linked(world, issuer, url)
            tablet.clock.wall = tls.BUILT_MS - 1
            with pytest.raises(Unreachable):
                exchange(tablet)
        assert calls == []


def test_an_enrolment_with_a_wrong_clock_says_what_to_do(world, issuer, tmp_path):
    with served(world, issuer.context(tmp_path, 2018, 2019)) as (url, calls):
        tablet = world.tablet("one")
        with pytest.raises(ClockWrong):
            enrolment.enrol(tablet.store, url, world.code("one"), ca_pem=issuer.pem)
    assert calls == []
