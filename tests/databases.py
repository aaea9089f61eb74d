"""A throw-away PostgreSQL from Debian's programs, never as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
"""The parameters of a fixture that is a database, or stands on one."""


def free_port() -> int:
    """Return a port nobody listens on, on 127.0.0.1."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


NO_RECOVERY = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}
"""Settings of a cluster that is thrown away: nothing is replayed, measured or followed in it, and
its tables, which last for a test, are not swept behind it."""


class Cluster:
    """A cluster in a folder of its own, which may be stopped and started again."""

    def __init__(self, folder):
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        assert programs, "PostgreSQL's server programs are missing: packaging/setup.sh test"
        self.programs, self.folder, self.data = programs[-1], folder, folder / "data"
        user = pwd.getpwnam("nobody").pw_name if os.getuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        self.how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
        self.how["cwd"] = folder
        self.port = free_port()
        self.url = f"postgresql://nuqta@127.0.0.1:{self.port}/postgres"
        given = ["-D", self.data, "-U", "nuqta", "--no-sync", "-A", "trust"]
        given += ["--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([self.programs / "initdb", *given], check=True, **self.how)

    def start(self, **settings):
        """Start it with more settings than those of every test, and wait until it answers."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "fsync": "off",
            "max_connections": "60",
            **settings,
        }
        given = ["-D", self.data, "-p", str(self.port), "-k", self.folder]
        for name, value in settings.items():
            given += ["-c", f"{name}={value}"]
        self.server = subprocess.Popen([self.programs / "postgres", *given], **self.how)
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                assert self.server.poll() is None, "the cluster ended"
                assert time.monotonic() < end, "the cluster does not answer"
                time.sleep(0.05)
            else:
                return

    def stop(self):
        """Stop it by its own id; connections break."""
        self.server.send_signal(signal.SIGINT)
        self.server.wait(20)


@contextmanager
def own_cluster(**settings):
    """Start a cluster in a temporary folder; yield it; stop it."""
    folder = Path(tempfile.mkdtemp(prefix="nuqta-pg-"))
    cluster = Cluster(folder)
    cluster.start(**settings)
    try:
        yield cluster
    finally:
        if line := _lines.pop(cluster.url, None):
            line.close()
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_cluster(**settings):
    """Start a cluster; yield its address; stop it."""
    with own_cluster(**settings) as cluster:
        yield cluster.url


_lines: dict[str, psycopg.Connection] = {}
"""By the address of a cluster what makes and drops its databases: to connect is half as much."""


def _ask(cluster: str, statement: str):
    if cluster not in _lines:
        _lines[cluster] = psycopg.connect(cluster, autocommit=True)
    _lines[cluster].execute(statement)


@contextmanager
def empty_database(cluster: str, template: str = "template1"):
    """Make a database, empty or a copy of another's, yield its address, drop it."""
    name = f"t{secrets.token_hex(6)}"
    # Files copied, not their pages written to the log: a third of the work.
    _ask(cluster, f"create database {name} template {template} strategy file_copy")
    yield cluster.rsplit("/", 1)[0] + f"/{name}"
    _ask(cluster, f"drop database {name} with (force)")
