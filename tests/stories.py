"""Stories: what a person does from end to end, in each language, width, with a script or without.

`make test` plays each story on a path or two, `make stories` on all. The turns go round the
stories, so that each language, width and script is on the way of some.
"""

from __future__ import annotations

import itertools

import pytest

from sync.languages import LANGUAGES as ALL

LANGUAGES = ("ar", "fr")
"""In which stories are played: one that reads from the right, one from the left."""
ALL_LANGUAGES = tuple(ALL)
WIDTHS = (360, 1440)
"""Of a telephone and of a desk, in points."""
SCRIPTS = (True, False)
"""Whether the browser runs any."""


def story(*turns, **axes):
    """Play a test on every path through `axes`, argument -> its values; `replay` marks the others.

    Args:
        turns: the numbers of the paths that `make test` plays, the last axis counted fastest.
    """
    paths = list(itertools.product(*axes.values()))
    assert set(turns) & set(range(len(paths))), "`make test` plays one path at least"

    def play(test):
        cases = [
            pytest.param(*path, marks=() if number in turns else pytest.mark.replay)
            for number, path in enumerate(paths)
        ]
        return pytest.mark.story(pytest.mark.parametrize(tuple(axes), cases)(test))

    return play
