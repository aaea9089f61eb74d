"""The legal clock computed a second time, to compare with: from the prose of `sync.rules.delays`.

It shares no code with the product. It reads the calendar's file itself, lets `holidays` count
working days, `zoneinfo` say what day it was, and works with spans of days where the product goes
day by day.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import holidays

DAY = timedelta(days=1)
FOREVER = date(2190, 1, 1)
HELD = {"submitted": 1, "acknowledged": 2, "in_review": 3, "info_requested": 4}
CASABLANCA = ZoneInfo("Africa/Casablanca")


class Offices(holidays.HolidayBase):
    """The days off of a region, as `holidays` counts with them."""

    def __init__(self, content, region):
        self.file = json.loads(content)
        self.region = region
        super().__init__(years=range(2023, 2034))
        self.weekend = {["mo", "tu", "we", "th", "fr", "sa", "su"].index(day)
                        for day in self.file["weekend"]}  # fmt: skip

    def _populate(self, year):
        for row in self.file["yearly"]:
            if year >= int(row.get("since", 0)):
                self[date.fromisoformat(f"{year}-{row['on']}")] = row["code"]
        for row in self.file["dated"]:
            if row["regions"] and self.region not in row["regions"]:
                continue
            on, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
            while on <= last:
                if on.year == year:
                    self[on] = row["code"]
                on += DAY


def wall_day(ms):
    """Return the day that it is in Morocco."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(CASABLANCA).date()


def second_clock(delay, steps, offices, today):
    """Return what the product's clock says, as a dict; None where it says nothing.

    Args:
        delay: as the catalogue declares it, a dict.
        steps: (Unix ms, state), in their order.
        today: a date.
    """
    events = [(wall_day(at), state) for at, state in steps]
    if delay["unit"] == "none":
        return None
    if delay["unit"] == "season":
        return _season(delay, events, offices.region, today)
    blocks = [list(block) for _, block in groupby(events, key=lambda event: event[1] in HELD)]
    least = HELD[delay.get("begins", "submitted")]
    for at in range(len(blocks) - 1, -1, -1):
        starting = [one for one, (_, state) in enumerate(blocks[at]) if HELD.get(state, 0) >= least]
        if starting:
            block = blocks[at][starting[0] :]
            answer = blocks[at + 1][0][0] if at + 1 < len(blocks) else None
            is_appeal = at > 0 and blocks[at - 1][-1][1] == "rejected"
            return _counted(delay, block, answer, offices, today, is_appeal)
    return None


def _counted(delay, block, answer, offices, today, is_appeal):
    days = (is_appeal and delay.get("answer_days")) or delay["days"]
    working = delay["unit"] == "working_days"
    began = block[0][0]
    spans, pauses, paused = _spans(block, answer)
    until = answer or today

    def length(first, last):
        if first > last:
            return 0
        return offices.get_working_days_count(first, last) if working else (last - first).days + 1

    def counted(after, to):
        return sum(length(max(first, after + DAY), min(last, to)) for first, last in spans)

    end, left = None, days
    for first, last in spans:
        is_last = last == FOREVER
        if left > 0:
            if not is_last and length(first, last) < left:
                left -= length(first, last)
                continue
            nth = (
                offices.get_nth_working_day(first - DAY, left)
                if working
                else first + (left - 1) * DAY
            )
            left = 0
        else:
            nth = first
        candidate = nth if offices.is_working_day(nth) else offices.get_nth_working_day(nth, 1)
        if is_last or candidate < last:  # on the last day of a span the applicant is asked
            end = candidate
            break
    if end is None:
        days_left = max(0, days - counted(began, until))
    else:
        days_left = counted(until, end) if until <= end else -counted(end, until)
    return {
        "began_on": began,
        "ends_on": end,
        "days_left": days_left,
        "paused_since": paused,
        "pauses": pauses,
        "holder": None if answer else "applicant" if paused else "office",
        "answered_on": answer,
        "is_over": end is not None and until > end,
        "is_appeal": is_appeal,
    }


def _spans(block, answer):
    """Return the spans that the office holds, the pauses that ended, and the start of one open."""
    pauses, since = [], None
    for on, state in block:
        if state == "info_requested":
            since = since or on
        elif since:
            pauses.append((since, on))
            since = None
    if since and answer:
        pauses.append((since, answer))
        since = None
    spans, first = [], block[0][0] + DAY
    for asked, brought in pauses:
        if asked != brought:
            spans.append((first, asked))
            first = brought + DAY
    spans.append((first, since or FOREVER))
    return [span for span in spans if span[0] <= span[1]], pauses, since


def _season(delay, events, region, today):
    left = [event for event in events if event[1] not in ("draft", "ready")]
    filed = any(state in HELD for _, state in events)
    anchor = left[0][0] if left else events[0][0] if events else today
    rows = [row for row in delay["windows"] if region in row.get("regions", ())]
    rows = rows or [row for row in delay["windows"] if not row.get("regions")]
    seasons = []
    for year in range(anchor.year - 3, anchor.year + 4):
        for row in rows:
            crosses = row["last"] < row["first"]
            seasons.append((_on(year, row["first"]), _on(year + crosses, row["last"])))
    seasons.sort()
    now = [season for season in seasons if season[0] <= anchor <= season[1]]
    past = [season for season in seasons if season[1] < anchor]
    coming = [season for season in seasons if season[0] > anchor]
    found = now[:1] or (past[-1:] if filed else coming[:1])
    if not found:
        return None
    first, last = found[0]
    state = events[-1][1] if events else "draft"
    until = left[0][0] if left else today
    applicants = ("draft", "ready", "info_requested")
    return {
        "began_on": first,
        "ends_on": last,
        "days_left": (last - until).days,
        "paused_since": None,
        "pauses": [],
        "holder": "applicant" if state in applicants else "office" if state in HELD else None,
        "answered_on": left[0][0] if left else None,
        "is_over": until > last,
        "is_appeal": False,
    }


def _on(year, month_day):
    if month_day == "02-29":
        return date(year, 3, 1) - DAY
    return date.fromisoformat(f"{year}-{month_day}")
