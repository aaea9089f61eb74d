"""What is said of a holding in a line, alike on tablet, desk and portal."""

from __future__ import annotations

from collections.abc import Mapping

from sync.entities.holding import HOLDING
from sync.phrases import Phrases
from sync.rules.seasons import season_name
from sync.spec import Value
from sync.wording import in_words

_ANIMALS = ("cattle", "sheep", "goats", "hives")


def headed(phrases: Phrases, values: Mapping[str, Value]) -> str:
    """Return a holding's area and tenure: `2,40 ha · Louée`; where neither is known, says so."""
    area, tenure = values.get("area_ha"), values.get("tenure")
    facts = [
        phrases.say("holding.area", area=in_words(phrases, HOLDING, "area_ha", area))
        if area is not None
        else "",
        in_words(phrases, HOLDING, "tenure", tenure),
    ]
    return phrases.facts(one for one in facts if one) or phrases.say("holding.unmeasured")


def grown(phrases: Phrases, values: Mapping[str, Value]) -> str:
    """Return what grows and lives there: the crops with their season, and the animals."""
    season, crops = values.get("season"), values.get("crops")
    facts = []
    if crops:
        facts.append(in_words(phrases, HOLDING, "crops", crops))
        if isinstance(season, int):
            facts.append(phrases.code(season_name(season)))
    for name in _ANIMALS:
        if count := values.get(name):
            label, many = phrases.say(f"holding.field.{name}"), phrases.number(int(str(count)))
            facts.append(phrases.say("holding.counted", what=label, count=many))
    return phrases.facts(facts)
