"""Why a tablet is silent: one case a rule, at its threshold and beside it, and which is surer."""

from dataclasses import replace

import pytest

from server.tablets.causes import (
    BATTERY_LOW_PERCENT,
    CLOCK_OFF_MS,
    FREE_LOW_MB,
    ORDER_UNHEARD_MS,
    RULES,
    UNSENT_OLD_MS,
    Cause,
    Condition,
    ToDo,
    cause_of,
    to_do,
)
from server.web.waiting import SILENT_DAYS
from sync.scopes import DAY_MS

NOW = 1_800_000_000_000
SILENT = NOW - SILENT_DAYS * DAY_MS - 1
WELL = Condition(now_ms=NOW, seen_at=NOW - 1)
AWAY = replace(WELL, seen_at=SILENT)


@pytest.mark.parametrize(
    ("condition", "cause", "act"),
    [
        (replace(WELL, ordered_at=NOW - ORDER_UNHEARD_MS - 1), Cause.ORDER_UNHEARD, ToDo.CALL),
        (replace(AWAY, battery_percent=BATTERY_LOW_PERCENT), Cause.BATTERY, ToDo.CALL),
        (replace(WELL, free_mb=FREE_LOW_MB), Cause.FULL, ToDo.WIFI),
        (AWAY, Cause.ABSENT, ToDo.NOTHING),
        (replace(AWAY, pending=1), Cause.NO_NETWORK, ToDo.CALL),
        (replace(AWAY, planned=1), Cause.NO_NETWORK, ToDo.CALL),
        (
            replace(WELL, pending=1, oldest_unsent_at=NOW - UNSENT_OLD_MS - 1),
            Cause.STUCK,
            ToDo.WIFI,
        ),
        (replace(WELL, schema=4, newest_schema=5), Cause.APP_OLD, ToDo.WIFI),
        (replace(WELL, clock_off_ms=-CLOCK_OFF_MS), Cause.CLOCK, ToDo.NOTHING),
    ],
)
def test_each_cause_is_seen_at_its_threshold(condition, cause, act):
    assert cause_of(condition) is cause
    assert to_do(cause) is act


@pytest.mark.parametrize(
    "condition",
    [
        WELL,
        replace(WELL, seen_at=SILENT + 1),
        replace(AWAY, is_active=False),
        replace(WELL, ordered_at=NOW - ORDER_UNHEARD_MS),
        replace(WELL, ordered_at=0, told_at=1),
        replace(WELL, battery_percent=1),
        replace(WELL, free_mb=FREE_LOW_MB + 1),
        replace(WELL, pending=9, oldest_unsent_at=NOW - UNSENT_OLD_MS),
        replace(WELL, oldest_unsent_at=0),
        replace(WELL, schema=5, newest_schema=5),
        replace(WELL, clock_off_ms=CLOCK_OFF_MS - 1),
    ],
)
def test_beside_its_threshold_nothing_is_the_matter(condition):
    assert cause_of(condition) is None


def test_one_that_charged_when_last_heard_is_not_empty():
    charged = replace(AWAY, battery_percent=2, is_charging=True, pending=1)
    assert cause_of(charged) is Cause.NO_NETWORK


def test_the_surer_cause_is_said():
    everything = replace(
        AWAY,
        pending=3,
        battery_percent=1,
        free_mb=1,
        clock_off_ms=CLOCK_OFF_MS,
        ordered_at=0,
        schema=1,
        newest_schema=5,
    )
    assert cause_of(everything) is Cause.ORDER_UNHEARD
    assert cause_of(replace(everything, ordered_at=None)) is Cause.BATTERY


def test_every_cause_has_a_rule_and_words():
    from server.phrases import load_all_phrases

    assert set(RULES) == set(Cause)
    for phrases in load_all_phrases().values():
        for cause in Cause:
            for more in ("", ".act", ".sms"):
                assert not phrases.say(f"desk.tablets.cause.{cause}{more}").startswith("[")
        for act in ToDo:
            assert not phrases.say(f"desk.tablets.do.{act}").startswith("[")
