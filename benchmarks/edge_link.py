"""A bad mobile line between two network namespaces, for kernels without `netem`. Needs root.

Each namespace (phone, tower) owns one TUN device; a thread of this process carries the IP packets
between them and adds delay, a rate with a finite queue, random loss, and outages. Nothing leaves
the machine. The namespaces are named by this process's id and removed at the end.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

_TUNSETIFF, _TUN_WITHOUT_INFO = 0x400454CA, 0x1001
PHONE_IP, TOWER_IP = "10.99.0.1", "10.99.0.2"
_IP = "ip"
_PACKET_BYTES = 65_536
_SYN = 0x02


@dataclass(frozen=True, slots=True)
class Shape:
    """How bad the line is.

    Args:
        outage: (first second, seconds) of each minute without any line; None: never.
        queue_ms: what waits longer than this for its turn is dropped, as a tower does.
    """

    rtt_ms: float = 0
    kbit: float = 1_000_000
    loss_percent: float = 0
    outage: tuple[float, float] | None = None
    queue_ms: float = 2_000


EDGE = Shape(rtt_ms=600, kbit=100, loss_percent=3)


@dataclass(slots=True)
class Counts:
    """What the line saw. Up: from the phone.

    Args:
        bytes_up, bytes_down: what programs wrote to their sockets, each byte once a connection.
        ip_bytes_up, ip_bytes_down: packets as sent, TCP's own repeats and headers included.
    """

    ip_bytes_up: int = 0
    ip_bytes_down: int = 0
    packets: int = 0
    lost: int = 0
    queue_dropped: int = 0
    cut: int = 0
    connections: int = 0
    ends: dict[tuple[bool, int, int], int] = field(default_factory=dict)
    starts: dict[tuple[bool, int, int], int] = field(default_factory=dict)

    @property
    def bytes_up(self) -> int:
        """Return the bytes that the phone's programs sent."""
        return sum(end for (is_up, _, _), end in self.ends.items() if is_up)

    @property
    def bytes_down(self) -> int:
        """Return the bytes that the tower's programs sent."""
        return sum(end for (is_up, _, _), end in self.ends.items() if not is_up)

    def see(self, packet: bytes, *, is_up: bool) -> None:
        """Count a packet as it enters the line."""
        self.packets += 1
        if is_up:
            self.ip_bytes_up += len(packet)
        else:
            self.ip_bytes_down += len(packet)
        head = (packet[0] & 0x0F) * 4
        if packet[0] >> 4 != 4 or packet[9] != 6 or len(packet) < head + 20:
            return
        source, target, seq = struct.unpack_from("!HHI", packet, head)
        size = len(packet) - head - (packet[head + 12] >> 4) * 4
        key = (is_up, source, target)
        if packet[head + 13] & _SYN:
            self.connections += is_up and key not in self.starts
            self.starts[key] = seq + 1
        elif size and key in self.starts:
            end = (seq + size - self.starts[key]) & 0xFFFFFFFF
            self.ends[key] = max(self.ends.get(key, 0), end)


class Link:
    """Two namespaces and the line between them, as a context. `shape` may change at any time."""

    def __init__(self, seed: int) -> None:
        """Prepare; losses come from `seed`."""
        self.phone, self.tower = f"ph{os.getpid()}", f"tw{os.getpid()}"
        self.counts = Counts()
        self.began = time.monotonic()
        self._shape = Shape()
        self._random = random.Random(seed)  # noqa: S311 - a benchmark's losses
        self._is_open = True
        self._thread: threading.Thread | None = None
        self._ends: tuple[int, int] = (-1, -1)

    def shape(self, shape: Shape, seed: int) -> None:
        """Begin anew: another shape, counts at nothing, outages counted from now."""
        self._random.seed(seed)
        self.counts, self.began, self._shape = Counts(), time.monotonic(), shape

    @staticmethod
    def inside(namespace: str) -> list[str]:
        """Return the words that run a command inside a namespace."""
        return [_IP, "netns", "exec", namespace]

    def __enter__(self) -> Self:
        """Make the namespaces and carry packets."""
        try:
            for namespace in (self.phone, self.tower):
                _ip("netns", "add", namespace)
            self._ends = (
                _tun(self.phone, f"e{os.getpid()}a", PHONE_IP, TOWER_IP),
                _tun(self.tower, f"e{os.getpid()}b", TOWER_IP, PHONE_IP),
            )
        except BaseException:
            self._remove()
            raise
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Remove everything that was made."""
        self._is_open = False
        if self._thread is not None:
            self._thread.join()
        self._remove()

    def _remove(self) -> None:
        for end in self._ends:
            if end >= 0:
                os.close(end)
        for namespace in (self.phone, self.tower):
            subprocess.run([_IP, "netns", "del", namespace], capture_output=True, check=False)

    def _carry(self) -> None:
        waiting: list[tuple[float, int, int, bytes]] = []
        free = dict.fromkeys(self._ends, 0.0)
        number = 0
        while self._is_open:
            now = time.monotonic()
            patience = max(0.0, min(0.05, waiting[0][0] - now)) if waiting else 0.05
            ready, _, _ = select.select(self._ends, [], [], patience)
            for end in ready:
                for packet in _packets(end):
                    number += 1
                    at = self._taken(packet, end, free)
                    if at is not None:
                        other = self._ends[end == self._ends[0]]
                        heapq.heappush(waiting, (at, number, other, packet))
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, target, packet = heapq.heappop(waiting)
                try:
                    os.write(target, packet)
                except OSError:
                    self.counts.lost += 1

    def _taken(self, packet: bytes, end: int, free: dict[int, float]) -> float | None:
        """Return when a packet arrives at the other end, None if it does not."""
        now, shape, counts = time.monotonic(), self._shape, self.counts
        counts.see(packet, is_up=end == self._ends[0])
        if shape.outage is not None:
            first, seconds = shape.outage
            if first <= (now - self.began) % 60 < first + seconds:
                counts.cut += 1
                return None
        if self._random.random() * 100 < shape.loss_percent:
            counts.lost += 1
            return None
        start = max(now, free[end])
        if (start - now) * 1000 > shape.queue_ms:
            counts.queue_dropped += 1
            return None
        free[end] = start + len(packet) * 8 / (shape.kbit * 1000)
        return free[end] + shape.rtt_ms / 2000


def _packets(end: int) -> Any:
    while True:
        try:
            yield os.read(end, _PACKET_BYTES)
        except BlockingIOError:
            return


def _ip(*words: str) -> None:
    subprocess.run([_IP, *words], check=True)


def _tun(namespace: str, name: str, own: str, peer: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN_WITHOUT_INFO))
    _ip("link", "set", name, "netns", namespace)
    _ip("-n", namespace, "addr", "add", f"{own}/32", "peer", peer, "dev", name)
    _ip("-n", namespace, "link", "set", name, "mtu", "1400", "up")
    _ip("-n", namespace, "link", "set", "lo", "up")
    return end
