"""The words in each language: what they leave open is what French leaves open."""

import re

import pytest

from mobile_app.i18n import load_phrases
from sync.phrases import LANGUAGES

FRENCH = load_phrases("fr").messages


def placeholders(text):
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_leaves_open_what_french_leaves_open(language):
    messages = load_phrases(language).messages
    assert messages.keys() == FRENCH.keys()
    for code, message in messages.items():
        # A form for none, one or two may say its number in words; the last one cannot.
        assert placeholders("".join(message)) == placeholders("".join(FRENCH[code])), code
        if isinstance(message, tuple):
            assert placeholders(message[-1]) == placeholders(FRENCH[code][-1]), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_counted_message_has_all_plural_forms(language):
    phrases = load_phrases(language)
    for code, message in phrases.messages.items():
        assert isinstance(message, tuple) == isinstance(FRENCH[code], tuple), code
        if isinstance(message, tuple):
            assert len(message) == phrases.language.plural_forms, code
