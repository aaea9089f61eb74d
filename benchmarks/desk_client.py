"""Coordinators at their desks, in a process of their own: they read pages, and think between."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

AS_BROWSERS = {
    "accept": "text/html",
    "accept-language": "fr",
    "accept-encoding": "gzip, deflate, br",
}
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """A coordinator signed in, and what each page's address is for them.

    `language`: the one that all these addresses ask for; "": none asks.
    """

    cookies: Mapping[str, str]
    addresses: Mapping[str, str]
    language: str = ""

    def require(self, text: str, address: str) -> None:
        """Raise ValueError of a page that came in another language than it was asked for."""
        if self.language and f'<html lang="{self.language}"' not in text[:200]:
            raise ValueError(f"{address}: not in {self.language}")


@dataclass(frozen=True, slots=True)
class Took:
    """What the readings took: seconds of each, by page; and of this process, seconds of CPU."""

    by_page: Mapping[str, Sequence[float]]
    client_cpu_s: float
    busy: float
    """Share of the machine's processors that somebody used meanwhile, this process included."""


def read_pages(
    url: str, visitors: Sequence[Visitor], *, rounds: int, think_s: float, seed: int
) -> Took:
    """Let all read every page so many times, each in an order of their own."""
    cpu_s, ticks = time.process_time(), _ticks()
    by_page = asyncio.run(_read_pages(url, visitors, rounds, think_s, seed))
    used, idle = (after - before for after, before in zip(_ticks(), ticks, strict=True))
    return Took(by_page, time.process_time() - cpu_s, used / max(used + idle, 1))


def _ticks() -> tuple[int, int]:
    """Return the ticks that all processors were used, and were not (proc(5))."""
    first = Path("/proc/stat").read_text().partition("\n")[0]
    ticks = [int(one) for one in first.split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, idle


async def _read_pages(
    url: str, visitors: Sequence[Visitor], rounds: int, think_s: float, seed: int
) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {}

    async def read(number: int, visitor: Visitor) -> None:
        rng = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable
        async with httpx.AsyncClient(
            base_url=url, headers=AS_BROWSERS, cookies=dict(visitor.cookies), timeout=_TIMEOUT_S
        ) as client:
            await asyncio.sleep(rng.random() * think_s)
            for _ in range(rounds):
                pages = list(visitor.addresses.items())
                rng.shuffle(pages)
                for page, address in pages:
                    began = time.perf_counter()
                    answer = await client.get(address)
                    took.setdefault(page, []).append(time.perf_counter() - began)
                    visitor.require(answer.raise_for_status().text, address)
                    # A second on average, never two in step.
                    await asyncio.sleep(think_s * (0.5 + rng.random()))

    await asyncio.gather(*(read(number, one) for number, one in enumerate(visitors)))
    return took
