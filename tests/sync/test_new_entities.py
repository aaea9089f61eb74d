"""What schema 2 brought can be said in both languages, and is told to nobody of schema 1."""

from __future__ import annotations

import pytest

from server.phrases import load_phrases
from sync.entities import ENTITIES
from sync.spec import Kind

NEW = [entity for entity in ENTITIES if entity.since == 2]
SHOWN = [
    (entity.name, spec)
    for entity in ENTITIES
    for spec in entity.fields
    if (entity.since == 2 or spec.since == 2) and spec.name != "source"
]


def test_the_new_ones_stand_at_the_end():
    assert [entity.since for entity in ENTITIES] == sorted(entity.since for entity in ENTITIES)
    assert len(NEW) == 6


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_new_entity_and_choice_has_words(language):
    phrases = load_phrases(language)
    wanted = [f"desk.entity.{entity.name}" for entity in NEW]
    wanted += [
        f"{name}.{spec.name}.{choice}"
        for name, spec in SHOWN
        if spec.kind is Kind.CHOICE
        for choice in spec.choices
    ]
    wanted += [f"{name}.field.{spec.name}" for name, spec in SHOWN if spec.kind is Kind.CHOICE]
    assert [code for code in wanted if phrases.say(code).startswith("[")] == []
