"""Debian's archive of a later release than this machine's, by an apt of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

SUITE = "trixie"


def apt(folder: Path, architecture: str, kind: str = "deb") -> list[str]:
    """Return what makes apt know that suite and architecture alone; its lists are fetched once.

    Args:
        folder: where its lists are kept.
        kind: `deb`, or `deb-src` for sources.

    Raises subprocess.CalledProcessError where the archive cannot be reached.
    """
    lists = folder / "lists"
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    options = [
        *("-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={folder}"),
        *("-o", f"Dir::Etc::sourcelist={folder / 'sources.list'}"),
        *("-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Dir::State::status=/dev/null"),
        *("-o", f"APT::Architecture={architecture}", "-o", f"APT::Architectures={architecture}"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    if not lists.exists():
        (lists / "partial").mkdir(parents=True)
        source = f"{kind} [signed-by={keys}] {_mirror()} {SUITE} main\n"
        (folder / "sources.list").write_text(source, "ascii")
        subprocess.run(["apt-get", "-qq", *options, "update"], check=True)
    return options


def _mirror() -> str:
    """Return the mirror of Debian that this machine uses."""
    ask = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    return next(one for one in found if one.rstrip("/").endswith("/debian"))
