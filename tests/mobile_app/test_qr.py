"""Our QR codes are those of a library that many devices have read."""

import random

import pytest
import segno

from mobile_app.qr import qr


def made_by_others(text):
    code = segno.make(text, error="m", micro=False)
    return [[bool(one) for one in row] for row in code.matrix]


@pytest.mark.parametrize("most", [14, 26, 42, 62, 84, 106])
def test_a_code_of_each_version_is_as_others_make_it(most):
    rng = random.Random(most)
    for long in range(most - 11, most + 1):
        text = "n" + "".join(rng.choices("uqta:visit_0123456789", k=long - 1))
        assert qr(text) == made_by_others(text), text


def test_letters_of_other_scripts_are_in_it_too():
    text = "nuqta:زيارة:é"
    assert qr(text) == made_by_others(text)
