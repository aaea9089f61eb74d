"""The codes of slips."""

from __future__ import annotations

import random
import string

import pytest
import segno

from mobile_app.qr import qr


def masked(modules):
    """Return the mask that the format beside the upper left finder names (ISO/IEC 18004, 7.9)."""
    bits = [*(modules[8][one] for one in (0, 1, 2, 3, 4, 5, 7, 8)), modules[7][8]]
    level_and_mask = int("".join(str(int(one)) for one in bits[:5]), 2) ^ 0b10101
    return level_and_mask & 0b111


@pytest.mark.parametrize("length", [1, 20, 60, 90])
def test_a_code_is_the_librarys_of_one_mask_whatever_the_text(length):
    letters = string.ascii_letters + string.digits + ":-"
    text = "".join(random.Random(length).choices(letters, k=length))
    modules = qr(text)
    assert (
        len(modules)
        == len(modules[0])
        == segno.make(text, error="m", micro=False).symbol_size(border=0)[0]
    )
    assert masked(modules) == 3
