"""Who is looked for, and what is typed, by kind of habit: spellings, scripts, slips, numbers.

Made from `benchmarks/search_names.csv`, a list for this alone. The rules were tuned on its part
`seen`; the part `kept` was held back for the figures. `absent` makes names of nobody.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sync.rules import codes
from sync.spec import Values

NAMES = Path(__file__).parent / "search_names.csv"
FIRST = 10
"""Of what is shown, where the right one must be."""
COMMUNES = ("09.541.01.03", "09.541.01.02", "09.541.01.05", "09.541.01.07")
_PRODUCTS = (
    ("الأركان", "Argane", "argan", "arkane"),
    ("العسل", "Miel", "miel", "asal"),
    ("الزعفران", "Safran", "safran", "zaafrane"),
    ("زيت الزيتون", "Huile d'Olive", "huile d olive", "zit zitoun"),
    ("اللوز", "Amande", "amandes", "louz"),
    ("الحليب", "Lait", "lait", "hlib"),
    ("التمور", "Dattes", "datte", "tmar"),
    ("الورد", "Rose", "roses", "lward"),
    ("الكسكس", "Couscous", "couscous", "ksksou"),
    ("الصبار", "Cactus", "cactus", "sabbar"),
)
_COOP = (
    "coop", "cooperative", "coopérative", "taawounia", "taawniya", "تعاونية", "التعاونية",
    "cooperative agricole", "تعاونية فلاحية",
)  # fmt: skip
_FIRM = ("ste", "sté", "société", "charika", "شركة", "sarl")
_FORMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("تعاونية", "Coopérative"): _COOP,
    ("تعاونية", "Coopérative Agricole"): _COOP,
    ("التعاونية الفلاحية النسوية", "Coopérative Agricole Féminine"): _COOP,
    ("جمعية", "Association"): ("association", "jam3iya", "جمعية"),
    ("مجموعة ذات النفع الاقتصادي", "GIE"): ("gie", "مجموعة"),
    ("شركة", "Société"): _FIRM,
    ("شركة", "Ste"): _FIRM,
    ("شركة", "STE AGRI"): _FIRM,
}
"""As they are registered, and as they are asked for."""
_TITLES = ("Moulay", "Sidi", "Si", "Haj", "Hajj", "El Haj", "Hadj", "My")
_LADIES = ("Lalla", "Hajja", "Lhajja")
_ARABIC_TITLES = ("مولاي", "سيدي", "سي", "الحاج", "السي")
_KEYBOARDS = str.maketrans("يكه", "یکہ")
_OTHER_HEH = str.maketrans("يكه", "یکھ")
_MARKS = ("\u200f", "\u200e", "\u200b", "\u00ad", "\u2067", "\ufeff", "\u202b")
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_LATIN, _ARABIC = "abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


Search = Callable[[str, str, int], Collection[bytes]]
"""Finds ids by entity, text and limit."""


@dataclass(frozen=True, slots=True)
class Target:
    """A record that is looked for. `asked`: kind and query, several of a kind."""

    entity: str
    record_id: bytes
    values: Values
    asked: list[tuple[str, str]] = field(default_factory=list)


def listed(part: str) -> dict[str, list[list[str]]]:
    """Return a part's spellings by what they name, the Arabic one first."""
    found: dict[str, list[list[str]]] = {}
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{part};"):
            _, what, *group = line.split(";")
            found.setdefault(what, []).append(group)
    return found


def slip(rng: random.Random, word: str) -> str:
    """Return a word with a letter too many, too few, another, or two that changed places."""
    at = rng.randrange(len(word) - 1)
    letter = rng.choice(_ARABIC if word[-1] > "z" else _LATIN)
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def slipped(rng: random.Random, name: str) -> str:
    """Return a name with one slip in one of its longer words."""
    words = name.split()
    least = 5 if words[0][-1] > "z" else 6
    long = [at for at, word in enumerate(words) if len(word) >= least]
    at = rng.choice(long or [max(range(len(words)), key=lambda one: len(words[one]))])
    words[at] = slip(rng, words[at])
    return " ".join(words)


class Maker:
    """Targets of one part, drawn from a seed."""

    def __init__(self, part: str, seed: int) -> None:
        """Draw from the list's `part`."""
        self.rng = random.Random(f"{part}{seed}")  # noqa: S311 - invented people
        self.names = listed(part)
        self.firms: dict[str, Target] = {}
        self.asked_forms: dict[str, tuple[str, ...]] = {}

    def _pair(self, families: Sequence[list[str]] = ()) -> tuple[list[str], list[str]]:
        return self.rng.choice(self.names["given"]), self.rng.choice(
            families or self.names["family"]
        )

    def _person(self, scripts: str, given: Sequence[str], family: Sequence[str]) -> Target:
        rng = self.rng
        values: Values = {
            "commune_code": rng.choice(COMMUNES),
            "name_ar": f"{given[0]} {family[0]}" if "a" in scripts else None,
            "name_fr": f"{rng.choice(given[1:])} {rng.choice(family[1:])}"
            if "l" in scripts
            else None,
            "phone": f"+2126{rng.randrange(10**8):08d}",
            "douar": rng.choice(self.names["place"])[rng.randrange(2)],
            "is_farmer": True,
            "status": "active",
        }
        return Target("person", rng.randbytes(16), values)

    def _other(self, group: Sequence[str], used: str) -> str:
        """Return a Latin spelling that is not in what is stored, if there is one."""
        return self.rng.choice([one for one in group[1:] if one not in used] or group[1:])

    def _latin(self, target: Target, given: Sequence[str], family: Sequence[str]) -> str:
        used = str(target.values["name_fr"] or "")
        return f"{self._other(given, used)} {self._other(family, used)}"

    def latin_variant(self) -> Target:
        """Another Latin spelling; the record has both scripts, or Latin alone."""
        pair = self._pair()
        target = self._person(self.rng.choice(("l", "al")), *pair)
        target.asked.append(("latin variant", self._latin(target, *pair)))
        return target

    def latin_for_arabic(self) -> Target:
        """A Latin spelling; the record has only an Arabic name."""
        pair = self._pair()
        target = self._person("a", *pair)
        target.asked.append(("latin for arabic", self._latin(target, *pair)))
        return target

    def arabic_for_latin(self) -> Target:
        """The Arabic name; the record has only a Latin one."""
        given, family = self._pair()
        target = self._person("l", given, family)
        target.asked.append(("arabic for latin", f"{given[0]} {family[0]}"))
        return target

    def arabic_spaces(self) -> Target:
        """Written in one, or apart, unlike the record."""
        spaced = [one for one in self.names["family"] if " " in one[0]]
        given, family = self._pair(spaced)
        given = self.rng.choice([one for one in self.names["given"] if " " in one[0]])
        target = self._person("a", given, family)
        name = [given[0], family[0]]
        at = self.rng.randrange(3)
        joined = [
            one.replace(" ", "", 1) if at in (place, 2) else one for place, one in enumerate(name)
        ]
        asked, kept = " ".join(joined), " ".join(name)
        if self.rng.random() < 0.5:
            asked, kept = kept, asked
        target.values["name_ar"] = kept
        target.asked.append(("arabic spaces", asked))
        return target

    def latin_spaces(self) -> Target:
        """The same in Latin."""
        families = [one for one in self.names["family"] if " " in one[1] or " " in one[2]]
        given, family = self._pair(families)
        apart = next(one for one in family[1:] if " " in one)
        joined = apart.replace(" ", "", 1).capitalize()
        if self.rng.random() < 0.5:
            apart, joined = joined, apart
        target = self._person("l", given, family)
        target.values["name_fr"] = f"{given[1]} {apart}"
        target.asked.append(("latin spaces", f"{given[1]} {joined}"))
        return target

    def title(self) -> Target:
        """A title that the record has not, or the record's left out; or another form of it."""
        rng, (given, family) = self.rng, self._pair()
        is_arabic = rng.random() < 0.4
        target = self._person("a" if is_arabic else "l", given, family)
        name = f"{given[0]} {family[0]}" if is_arabic else f"{given[1]} {family[1]}"
        title = rng.choice(_ARABIC_TITLES if is_arabic else _TITLES + _LADIES)
        titled = f"{title} {name}"
        if rng.random() < 0.2:
            titled = (
                f"{family[0]} {title} {given[0]}"
                if is_arabic
                else f"{family[1]} {title} {given[1]}"
            )
        kept, asked = rng.choice(((name, titled), (titled, name)))
        target.values["name_ar" if is_arabic else "name_fr"] = kept
        target.asked.append(("titles", asked))
        return target

    def arabic_slip(self) -> Target:
        """A slip of the finger in an Arabic word."""
        given, family = self._pair()
        target = self._person("a", given, family)
        target.asked.append(("arabic slip", slipped(self.rng, f"{given[0]} {family[0]}")))
        return target

    def latin_slip(self) -> Target:
        """A slip in a Latin word."""
        target = self._person("l", *self._pair())
        target.asked.append(
            ("latin slip", slipped(self.rng, str(target.values["name_fr"]).lower()))
        )
        return target

    def phone(self) -> Target:
        """A phone as it is said, whole or in part."""
        target = self._person("al", *self._pair())
        own = str(target.values["phone"])[4:]
        pairs = " ".join(("0" + own)[at : at + 2] for at in range(0, 10, 2))
        said = (
            own, own[-6:], own[-7:], pairs, pairs.replace(" ", "-"), pairs.replace(" ", "."),
            f"({pairs[:2]}) {pairs[3:].replace(' ', '-')}", f"+212 (0){own}", f"00212{own}",
            f"+212 {own[:3]}-{own[3:]}", f"0{own[:6]}", ("0" + own).translate(_DIGITS),
            f"tel {pairs}"[4:], own[:5], " ".join((own[-6:-4], own[-4:-2], own[-2:])),
            f"212{own}", f"\u200e0{own}\u200e",
        )  # fmt: skip
        target.asked.append(("phones", self.rng.choice(said)))
        return target

    def keyboard(self) -> Target:
        """Letters of other keyboards, vowel signs, no hamza; marks that cannot be seen."""
        rng, (given, family) = self.rng, self._pair()
        target = self._person("a", given, family)
        name = f"{given[0]} {family[0]}"
        marked = list(name)
        for _ in range(2):
            marked.insert(rng.randrange(len(marked) + 1), rng.choice(_MARKS))
        asked = rng.choice(
            (
                name.translate(_KEYBOARDS),
                name.translate(_OTHER_HEH),
                re.sub("[أإآ]", "ا", name).replace("ة", "ه"),
                name.replace("ي", "ى"),
                "".join(marked),
                "".join(marked),
                name.replace("م", "مُ").replace("ا", "اـ"),
            )
        )
        target.asked.append(("keyboards", asked))
        return target

    def _enterprise(self, name_ar: str, name_fr: str, place: Sequence[str]) -> Target:
        rng = self.rng
        scripts = rng.choice(("al", "al", "a", "l"))
        given, family = self._pair()
        values: Values = {
            "commune_code": rng.choice(COMMUNES),
            "name_ar": name_ar if "a" in scripts else None,
            "name_fr": name_fr if "l" in scripts else None,
            "phone": f"+2125{rng.randrange(10**8):08d}",
            "contact_name": f"{given[1]} {family[1]}",
            "douar": place[rng.randrange(2)],
        }
        return Target("enterprise", rng.randbytes(16), values)

    def own_word(self) -> Target:
        """An enterprise by its own word, alone or after another generic word."""
        rng, own = self.rng, self.rng.choice(self.names["own"])
        if own[0] not in self.firms:  # one of a name, or nobody could tell which was meant
            form, place = rng.choice(list(_FORMS)), rng.choice(self.names["place"])
            self.asked_forms[own[0]] = _FORMS[form]
            self.firms[own[0]] = self._enterprise(
                f"{form[0]} {own[0]}", f"{form[1]} {own[1]}", place
            )
        target, word = self.firms[own[0]], rng.choice(own)
        place, asked_forms = target.values["douar"], self.asked_forms[own[0]]
        asked = rng.choice((word, f"{rng.choice(asked_forms)} {word}", f"{word} {place}"))
        target.asked.append(("enterprise by its word", asked))
        return target

    def product_and_place(self) -> Target:
        """An enterprise by what it makes and where."""
        rng, product = self.rng, self.rng.choice(_PRODUCTS)
        form, place = rng.choice(list(_FORMS)), rng.choice(self.names["place"])
        target = self._enterprise(
            f"{form[0]} {product[0]} {place[0]}", f"{form[1]} {product[1]} {place[1]}", place
        )
        at = rng.randrange(len(product))
        where = place[0] if at == 0 else rng.choice(place[1:])
        asked = f"{product[at]} {where}"
        if rng.random() < 0.5:
            asked = f"{rng.choice(_FORMS[form])} {asked}"
        target.asked.append(("enterprise by product and place", asked))
        return target

    def code(self) -> Target:
        """The printed code, as people read it off."""
        target = self._person("al", *self._pair())
        code = codes.short_code(target.record_id)
        said = (code, code.lower(), code.replace("-", " "), code.replace("-", ""), code[:6])
        asked = self.rng.choice((*said, code.replace("0", "O").replace("1", "I")))
        target.asked.append(("codes", asked))
        return target

    def shortened(self) -> Target:
        """The family name first, or a beginning of the given name."""
        target = self._person("l", *self._pair())
        given, _, family = str(target.values["name_fr"]).partition(" ")
        asked = self.rng.choice(
            (f"{family} {given}", f"{given[:3]} {family}", f"{family} {given[:4]}")
        )
        target.asked.append(("order and beginnings", asked))
        return target


KINDS: tuple[Callable[[Maker], Target], ...] = (
    Maker.latin_variant, Maker.latin_for_arabic, Maker.arabic_for_latin, Maker.arabic_spaces,
    Maker.latin_spaces, Maker.title, Maker.arabic_slip, Maker.latin_slip, Maker.phone,
    Maker.keyboard, Maker.own_word, Maker.product_and_place, Maker.code, Maker.shortened,
)  # fmt: skip


def targets(part: str, seed: int, each: int = 60) -> list[Target]:
    """Return records to be stored and looked for, `each` of a kind."""
    maker = Maker(part, seed)
    made = [kind(maker) for kind in KINDS for _ in range(each)]
    return list({one.record_id: one for one in made}.values())


def recall(targets: Sequence[Target], search: Search) -> dict[str, float]:
    """Return, by kind and over all, the share of queries whose target is among the first FIRST."""
    hits: dict[str, list[bool]] = {}
    for target in targets:
        for kind, text in target.asked:
            is_met = target.record_id in search(target.entity, text, FIRST)
            hits.setdefault(kind, []).append(is_met)
            hits.setdefault("all", []).append(is_met)
    return {kind: round(sum(met) / len(met), 3) for kind, met in hits.items()}


def noise(seed: int, people: Iterable[Values], search: Search, count: int = 600) -> float:
    """Return the share of queries about nobody that bring anyone.

    Args:
        people: the values of all who are there.
    """
    names = {
        "".join(words[at:])
        for values in people
        for name in (values["name_ar"], values["name_fr"])
        for words in (str(name or "").split(),)
        for at in (0, 1)  # less a title
    }
    groups = {group[0]: group for part in ("seen", "kept") for kind in ("given", "family")
              for group in listed(part)[kind]}  # fmt: skip

    def is_there(given: str, family: str) -> bool:
        return any(
            f"{one}{other}".replace(" ", "") in names
            for one in groups[given]
            for other in groups.get(family, [family])
        )

    brought = [
        any(search(entity, text, 1) for entity in ("person", "enterprise"))
        for text in absent(seed, is_there, count)
    ]
    return round(sum(brought) / len(brought), 3)


def absent(seed: int, is_there: Callable[[str, str], bool], count: int = 300) -> Iterator[str]:
    """Yield queries about people and enterprises that are not there.

    Args:
        is_there: whether somebody has this given and family name, as they stand in the lists.
    """
    rng = random.Random(seed)  # noqa: S311
    given = [one for part in ("seen", "kept") for one in listed(part)["given"]]
    known = [one for part in ("seen", "kept") for one in listed(part)["family"]]
    unknown, places = listed("none"), listed("seen")["place"] + listed("kept")["place"]
    made = 0
    while made < count:
        first = rng.choice(given)
        second = rng.choice(unknown["family"] if rng.random() < 0.5 else known)
        if rng.random() < 0.15:
            form, product = rng.choice(_COOP), rng.choice(_PRODUCTS)
            own, place = rng.choice(unknown["own"])[1], rng.choice(unknown["place"])[1]
            yield rng.choice(
                (f"{form} {own}", f"{product[2]} {place}", f"{own} {rng.choice(places)[1]}")
            )
        elif is_there(first[0], second[0]):
            continue
        else:
            script = rng.randrange(2)
            yield f"{first[script]} {second[script]}"
        made += 1
