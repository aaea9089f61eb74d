"""What line there is, and whether it costs: a port, Linux, Android, a fake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mobile_app.device import java

NONE, WIFI, MOBILE = "none", "wifi", "mobile"


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: NONE, WIFI (any line that is not mobile), MOBILE. `is_metered`: bytes cost money."""

    kind: str
    is_metered: bool


class Network(Protocol):
    """What a screen asks of the network. It says what there is, not whether the server answers."""

    def line(self) -> Line:
        """Return the line that would be used now."""


@dataclass(frozen=True, slots=True)
class LinuxNetwork:
    """The routes of the kernel: a line is whatever leads out; it costs nothing as far as known."""

    routes: Path = Path("/proc/net/route")

    def line(self) -> Line:
        """Return whether a route leads out."""
        try:
            rows = [row.split() for row in self.routes.read_text().splitlines()[1:]]
        except OSError:
            return Line(NONE, is_metered=False)
        leads_out = any(len(row) > 1 and row[1] == "00000000" for row in rows)
        return Line(WIFI if leads_out else NONE, is_metered=False)


@dataclass(slots=True)
class FakeNetwork:
    """A line as it is said to be."""

    now: Line

    def line(self) -> Line:
        """Return it."""
        return self.now


class AndroidNetwork:
    """Android's own word on the active network.

    Whether it was "validated" is not asked: that is a word of Google's servers, and the programme's
    may be reached without them. Behind a page that asks for a password, TLS fails.
    """

    def line(self) -> Line:
        """Return it; a line that Android will not describe counts as one that costs."""
        try:
            manager = java.service("connectivity")
            active = manager.getActiveNetwork()
            can = None if active is None else manager.getNetworkCapabilities(active)
            if can is None:
                return Line(NONE, is_metered=False)
            mobile = java.of("android.net.NetworkCapabilities").TRANSPORT_CELLULAR
            kind = MOBILE if can.hasTransport(mobile) else WIFI
            return Line(kind, bool(manager.isActiveNetworkMetered()))
        except java.fault():  # Android 11 now and then: issuetracker.google.com/175055271
            return Line(MOBILE, is_metered=True)


def network_of_this_device() -> Network:
    """Return the adapter for the machine that this runs on."""
    return AndroidNetwork() if java.is_android() else LinuxNetwork()
