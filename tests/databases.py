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


def free_port() -> int:
    """Return a port nobody listens on, on 127.0.0.1."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def postgres_cluster(_factory=None):
    """Start a cluster in a temporary folder; yield its address; stop it by its own id."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL's server programs are missing: packaging/setup.sh test"
    folder = Path(tempfile.mkdtemp(prefix="nuqta-pg-"))
    user = pwd.getpwnam("nobody").pw_name if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "user": user}
    subprocess.run(
        [
            programs[-1] / "initdb",
            "-D",
            data,
            "-U",
            "nuqta",
            "--no-sync",
            "-A",
            "trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        cwd=folder,
        **quiet,
    )
    server = subprocess.Popen(
        [
            programs[-1] / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            folder,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=60",
        ],
        cwd=folder,
        **quiet,
    )
    url = f"postgresql://nuqta@127.0.0.1:{port}/postgres"
    try:
        for _ in range(100):
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database(cluster: str):
    """Make a database, yield its address, drop it."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield cluster.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
