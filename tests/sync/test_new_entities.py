"""What came after schema 1 can be said in each language, and is told to nobody of schema 1."""

from __future__ import annotations

import pytest

from server.phrases import load_phrases
from sync.entities import ENTITIES
from sync.spec import Kind

NEW = [entity for entity in ENTITIES if entity.since > 1]
SHOWN = [
    (entity.name, spec)
    for entity in ENTITIES
    for spec in entity.fields
    if (entity.since > 1 or spec.since > 1) and spec.name != "source"
]
ADDED = [
    f"{entity.name}.field.{spec.name}"
    for entity in ENTITIES
    for spec in entity.fields
    if spec.since > entity.since
]


def test_the_new_ones_stand_at_the_end():
    assert [entity.since for entity in ENTITIES] == sorted(entity.since for entity in ENTITIES)


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_new_entity_and_choice_has_words(language):
    phrases = load_phrases(language)
    wanted = [*(f"desk.entity.{entity.name}" for entity in NEW), *ADDED]
    wanted += [
        f"{name}.{spec.name}.{choice}"
        for name, spec in SHOWN
        if spec.kind is Kind.CHOICE
        for choice in spec.choices
    ]
    wanted += [f"{name}.field.{spec.name}" for name, spec in SHOWN if spec.kind is Kind.CHOICE]
    assert [code for code in wanted if phrases.say(code).startswith("[")] == []
