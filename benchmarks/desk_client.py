"""Coordinators at their desks, in a process of their own: they read pages, and think between."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

AS_BROWSERS = {
    "accept": "text/html",
    "accept-language": "fr",
    "accept-encoding": "gzip, deflate, br",
}
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """A coordinator signed in, and what each page's address is for them."""

    cookies: Mapping[str, str]
    addresses: Mapping[str, str]


def read_pages(
    url: str, visitors: Sequence[Visitor], *, rounds: int, think_s: float, seed: int
) -> dict[str, list[float]]:
    """Let all read every page so many times, each in an order of their own.

    Returns:
        Seconds that each reading took, by page.
    """
    return asyncio.run(_read_pages(url, visitors, rounds, think_s, seed))


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
                    answer.raise_for_status()
                    # A second on average, never two in step.
                    await asyncio.sleep(think_s * (0.5 + rng.random()))

    await asyncio.gather(*(read(number, one) for number, one in enumerate(visitors)))
    return took
