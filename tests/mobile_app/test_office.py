"""A form offers what its agent may say; of what the office says, only what stands."""

import pytest

from mobile_app.screens.inputs import Inputs
from sync.entities import ENTITIES

RESERVED = [(entity, field) for entity in ENTITIES for field in entity.fields if field.office]


class Words:
    def say(self, code):
        return code


@pytest.mark.parametrize(("entity", "field"), RESERVED, ids=lambda one: one.name)
def test_a_choice_of_the_office_is_not_offered(entity, field):
    offered = [code for code, _ in Inputs(Words(), entity).options(field.name)]
    assert offered == [one for one in field.choices if one not in field.office]

    stands = field.office[0]
    inputs = Inputs(Words(), entity, {field.name: stands})
    assert [code for code, _ in inputs.options(field.name)].count(stands) == 1
