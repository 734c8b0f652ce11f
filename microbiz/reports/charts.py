"""Charts drawn on the server, as figures for an SVG. The numbers stand beside them, so the picture may be missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from microbiz.reports.periods import EVER, Period

MOST_BARS = 62  # more are no picture
HEIGHT, WIDTH = 104, 960
GAP = 0.25  # of the room that a bar has


@dataclass(frozen=True)
class Bar:
    """One bar; `value` is what it stands for, in minor units."""

    x: float
    y: float
    width: float
    height: float
    value: int
    words: str
    is_open: bool = False  # not over yet


@dataclass(frozen=True)
class Mark:
    """A short line across a bar, for what it is compared with; or a word below it."""

    x: float
    y: float
    width: float
    words: str = ""


@dataclass(frozen=True)
class Chart:
    width: float
    height: float
    base: float  # where zero is
    bars: Sequence[Bar]
    marks: Sequence[Mark] = ()
    labels: Sequence[Mark] = ()


def draw(
    slots: Sequence[tuple[str, int]],
    *,
    width: float,
    height: float,
    before: Sequence[int] = (),
    scale: tuple[int, int] | None = None,
    open_slot: int | None = None,
) -> Chart:
    """Bars for so many slots of (words, value), beside each other. `before` are the values they are compared with.

    `scale` is the (least, most) that several charts share. `open_slot` is drawn hollow.
    """
    values = [value for _words, value in slots]
    least, most = scale or (min([0, *values, *before]), max([0, *values, *before]))
    span = (most - least) or 1
    room = width / max(len(slots), 1)
    base = height * most / span if most or least else height

    def y(value: int) -> float:
        return round(base - height * value / span, 1)

    bars = [
        Bar(
            x=round(at * room + room * GAP / 2, 1),
            y=min(y(value), y(0)),
            width=round(room * (1 - GAP), 1),
            height=round(abs(y(value) - y(0)), 1),
            value=value,
            words=words,
            is_open=at == open_slot,
        )
        for at, (words, value) in enumerate(slots)
        if value or at == open_slot
    ]
    marks = [
        Mark(round(at * room + room * GAP / 4, 1), y(value), round(room * (1 - GAP / 2), 1))
        for at, value in enumerate(before)
        if value
    ]
    return Chart(width, height, round(base, 1), bars, marks)


def over_time(sums: Mapping[Any, int], step: str, period: Period) -> Chart | None:
    """Sums by hour of the day or by first day of the step, with the empty ones between; None where it says nothing."""
    slots = _slots(sums, step, period)
    if not sums or not 2 <= len(slots) <= MOST_BARS:
        return None
    chart = draw([(words, sums.get(key, 0)) for key, words in slots], width=WIDTH, height=HEIGHT)
    every = max(1, round(len(slots) / 10))
    room = WIDTH / len(slots)
    labels = [
        Mark(round((at + 0.5) * room, 1), HEIGHT + 18, room, words)
        for at, (_key, words) in enumerate(slots)
        if at % every == 0
    ]
    return Chart(chart.width, chart.height, chart.base, chart.bars, chart.marks, labels)


def _slots(sums: Mapping[Any, int], step: str, period: Period) -> list[tuple[Any, str]]:
    if step == "hour":
        hours = range(min([9, *sums]), max([17, *sums]) + 1)
        return [(hour, f"{hour:02}") for hour in hours]
    if not sums:
        return []
    day, last = _start(min(sums) if period.first == EVER else period.first, step), period.last
    slots: list[tuple[Any, str]] = []
    while day <= last and len(slots) <= MOST_BARS:
        slots.append((day, date_format(day, "M Y" if step == "month" else "j M")))
        day = _start(day + timedelta(days={"day": 1, "week": 7, "month": 31}[step]), step)
    return slots


def _start(day: date, step: str) -> date:
    """The first day of the week or month of `day`."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def in_words(slots: Sequence[tuple[str, str, int]]) -> str:
    """What a chart shows, for those who do not see it: its highest point. Slots are (label, amount, value)."""
    highest = max(slots, key=lambda slot: slot[2], default=None)
    if highest is None or highest[2] <= 0:
        return _("nothing yet")
    return _("highest %(amount)s at %(label)s") % {"amount": highest[1], "label": highest[0]}
