"""Whether our rules of identifiers judge as python-stdnum does, which others wrote.

    python -m benchmarks.identifiers --count 100000 --seed 1

Half of so many are numbers of enterprises (ICE), half are bank accounts (RIB, and the IBAN around
it): right ones, right ones with a digit changed, two swapped, one lost or a letter in it, and
digits by chance; some in groups, as people write them. Its list of IBANs lacks Morocco: of an
account it judges the key alone, by ISO 7064. What our rules refuse beside, by
`server/reference/identifiers.json`, is told apart: all zeros, and a RIB whose key is 00, 98 or 99,
where 97, 01 or 02 is meant. What
python-stdnum is compared with is fetched by its name into a folder that is thrown away: the
product does not need it. Prints how many of each kind were judged, and each that is judged
otherwise.

Exit status: 0 all are judged alike, 1 some are not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from typing import Any

from sync.errors import Refusal
from sync.rules import identifiers

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def digits(rng: random.Random, count: int) -> str:
    """Return so many digits."""
    return "".join(rng.choices("0123456789", k=count))


def ice(rng: random.Random) -> str:
    """Return a right number of an enterprise."""
    return identifiers.ice_with_key(digits(rng, 13))


def rib(rng: random.Random) -> str:
    """Return a right bank account."""
    payload = digits(rng, 22)
    return f"{payload}{97 - int(payload) * 100 % 97:02d}"


def spoilt(rng: random.Random, number: str) -> tuple[str, str]:
    """Return what was done to a number, and what it is then."""
    at = rng.randrange(len(number) - 1)
    how = rng.choice(("right", "digit", "swapped", "lost", "letter", "chance", "key 00", "zeros"))
    return how, {
        "right": number,
        "digit": number[:at] + rng.choice("0123456789") + number[at + 1 :],
        "swapped": number[:at] + number[at + 1] + number[at] + number[at + 2 :],
        "lost": number[:at] + number[at + 1 :],
        "letter": number[:at] + rng.choice(_LETTERS) + number[at + 1 :],
        "chance": digits(rng, len(number)),
        "key 00": number[:-2] + "00",
        "zeros": "0" * len(number),
    }[how]


def grouped(rng: random.Random, number: str) -> str:
    """Return a number as it is, or in groups of three."""
    if rng.random() < 0.7:
        return number
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))


def accepts(check: Callable[[str], str], number: str) -> bool:
    """Whether a rule of ours takes a number."""
    try:
        check(number)
    except Refusal:
        return False
    return True


def is_refused_beside(number: str, *, is_account: bool) -> bool:
    """Whether a number is one that its key alone would let pass, and our rules do not."""
    plain = number.replace(" ", "")
    if is_account and plain[-2:] in ("00", "98", "99"):
        return True
    return not plain.strip("0") or (is_account and not plain[:22].strip("0"))


def compare(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return how many were judged, by kind and judgement, and what was judged otherwise."""
    their_ice: Any = importlib.import_module("stdnum.ma.ice")
    their_key: Any = importlib.import_module("stdnum.iso7064.mod_97_10")
    rng, judged, otherwise = random.Random(seed), Counter[str](), []  # noqa: S311 - repeatable
    for turn in range(count):
        is_account = turn % 2 == 1
        how, number = spoilt(rng, rib(rng) if is_account else ice(rng))
        if is_account:
            around = number[:24]
            has_key = around.isdecimal() and len(around) == 24
            number = grouped(rng, number)
            # An IBAN of any digits has a key of its own: the account's has to hold as well.
            whole = f"MA{their_key.calc_check_digits(around + 'MA')}{around}" if has_key else ""
            theirs = has_key and their_key.checksum(around) == 0
            ours = accepts(identifiers.check_rib, number)
            if whole and ours != accepts(identifiers.check_rib, whole):
                otherwise.append(f"{number}: not as its IBAN {whole}")
        else:
            number = grouped(rng, number)
            theirs = their_ice.is_valid(number)
            ours = accepts(identifiers.check_ice, number)
        if theirs and is_refused_beside(number, is_account=is_account):
            theirs = False
        judged[f"{'RIB' if is_account else 'ICE'}, {how}: {'right' if ours else 'wrong'}"] += 1
        if ours != theirs:
            otherwise.append(f"{number} ({how}): ours {ours}, theirs {theirs}")
    return judged, otherwise


def main() -> int:
    """Fetch the other, compare, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nuqta-stdnum-") as folder:
        fetch = [sys.executable, "-m", "pip", "install", "-q", "--target", folder, "python-stdnum"]
        subprocess.run(fetch, check=True)
        sys.path.append(folder)
        judged, otherwise = compare(parsed.count, parsed.seed)
    print(json.dumps(dict(sorted(judged.items())), indent=1))
    print("\n".join(otherwise) or f"{parsed.count} are judged alike")
    return int(bool(otherwise))


if __name__ == "__main__":
    sys.exit(main())
