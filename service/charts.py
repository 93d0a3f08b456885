"""Charts as SVG: lines on one axis, with values, days, and a name at each; and bars beside what they were before. Pure.

Lines differ in colour (Okabe and Ito's, darkened until they stand out from white) and in how they are dashed and marked, so that
no one needs colour to tell them apart. What is drawn has its own colours, so that a saved picture is whole; a page's stylesheet
may give others for a dark ground.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import escape

from storage import language

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 40, 36
_COLOURS = ("#0067a3", "#c44a00", "#00714f", "#a8407c", "#7a6000", "#333333", "#4a3fb0", "#7c4a2d")
_DASHES = ("", "9 4", "2 4", "12 4 2 4", "5 3", "1 6", "16 5", "7 3 2 3 2 3")
_FONT = "system-ui, 'Noto Sans', 'Noto Naskh Arabic', 'DejaVu Sans', sans-serif"
_INK = 'fill="#1d1f23"'
_ARABIC = re.compile("[\u0600-\u08ff]")
_ARABIC_FIRST = f"font-family=\"'Noto Naskh Arabic', {_FONT}\""
"""Of a text with Arabic letters: beside a bracket, Typst does not find them in a font that comes after one without them."""
_STEPS = (1, 2, 5)
MOST_TICKS = 8
BAR, LEFT_OF_BARS, LABEL = 34, 260, 34
"""Of a chart of bars: the height of one, where they begin, and the longest label."""


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line: what it is called, its value on each day, and whether that stands out."""

    label: str
    values: Sequence[int]
    marked: Sequence[bool] = ()


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A bar: what it is called, its value, and what that was before."""

    label: str
    value: int
    before: int


def line_chart(days: Sequence[date], lines: Sequence[ChartLine], *, title: str) -> str:
    """Return a chart as one SVG document of `WIDTH` by its height, which grows with the legend."""
    legend = -(-len(lines) // 3)
    height = HEIGHT + 22 * legend
    top = max((max(line.values, default=0) for line in lines), default=0)
    ticks = axis_ticks(top)
    parts = [
        *_begun(height, title),
        *_grid(ticks),
        *_days(days),
        *(_line(number, line, days, ticks[-1]) for number, line in enumerate(lines)),
        *(_legend(number, line) for number, line in enumerate(lines)),
        "</svg>",
    ]
    return "\n".join(parts)


def bar_chart(bars: Sequence[ChartBar], *, title: str, now: str, before: str) -> str:
    """Return bars as one SVG document, each with a hollow one below it for the time before; `now` and `before` name the two."""
    height = TOP + BAR * len(bars) + BOTTOM
    most = max((max(bar.value, bar.before) for bar in bars), default=0) or 1
    parts = [
        *_begun(height, title),
        *(_bar(place, bar, most) for place, bar in enumerate(bars)),
        *(
            _bar_key(LEFT_OF_BARS + 250 * place, height - 16, words, place)
            for place, words in enumerate((now, before))
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _begun(height: int, title: str) -> list[str]:
    """Return how the document of a chart begins."""
    said = escape(title)
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'class="lines" font-family="{_FONT}" font-size="13" direction="ltr">',
        f"<title>{said}</title>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text class="words" x="{WIDTH / 2:g}" y="22" text-anchor="middle" font-weight="600" {_ink(title)}>{said}</text>',
    ]


def _bar(place: int, bar: ChartBar, most: int) -> str:
    y, room = TOP + BAR * place, WIDTH - LEFT_OF_BARS - RIGHT - 90
    wide, then = (max(1.0, room * value / most) if value else 0.0 for value in (bar.value, bar.before))
    label = bar.label if len(bar.label) <= LABEL else f"{bar.label[: LABEL - 1]}…"
    said = escape(language.number(bar.value, 0))
    return (
        f'<text class="words" x="{LEFT_OF_BARS - 10}" y="{y + 20}" text-anchor="end" {_ink(label)}>{escape(label)}</text>'
        f'<rect class="f0" x="{LEFT_OF_BARS}" y="{y + 4}" width="{wide:.1f}" height="14" fill="{_colour(0)}"/>'
        f'<text class="words" x="{LEFT_OF_BARS + wide + 6:.1f}" y="{y + 16}" {_INK}>{said}</text>'
        f'<rect class="s1" x="{LEFT_OF_BARS}" y="{y + 20}" width="{then:.1f}" height="7" fill="none" stroke="{_colour(1)}"/>'
    )


def _bar_key(x: int, y: int, words: str, place: int) -> str:
    look = f'fill="{_colour(0)}"' if place == 0 else f'fill="none" stroke="{_colour(1)}"'
    named = "f0" if place == 0 else "s1"
    return (
        f'<rect class="{named}" x="{x}" y="{y - 9}" width="22" height="9" {look}/>'
        f'<text class="words" x="{x + 30}" y="{y}" {_ink(words)}>{escape(words)}</text>'
    )


def axis_ticks(most: int) -> list[int]:
    """Return the values that an axis shows, from 0 to one that is not below `most`: round ones, at most six."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * 5 >= most:
                last = max(1, -(-most // (step * size)))
                return [number * step * size for number in range(last + 1)]
        size *= 10


def _x(place: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT
    return LEFT + (inner / 2 if count == 1 else inner * place / (count - 1))


def _y(value: float, top: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _grid(ticks: Sequence[int]) -> list[str]:
    found = []
    for tick in ticks:
        y = _y(tick, ticks[-1])
        found.append(
            f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d5d2cc" stroke-width="1" fill="none"/>'
            f'<text class="words" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" {_INK}>'
            f"{escape(language.number(tick, 0))}</text>"
        )
    return found


def _days(days: Sequence[date]) -> list[str]:
    every = max(1, -(-len(days) // MOST_TICKS))
    found = []
    for place in range(0, len(days), every):
        x = _x(place, len(days))
        anchor = "start" if place == 0 else "end" if place == len(days) - 1 else "middle"
        said = escape(
            language.day(days[place], length="short").replace("\u200f", "")
        )  # the axis goes from left to right
        found.append(
            f'<path class="grid" d="M{x:.1f} {HEIGHT - BOTTOM}v5" stroke="#8a8a8a" fill="none"/>'
            f'<text class="words" x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="{anchor}" {_ink(said)}>{said}</text>'
        )
    return found


def _line(number: int, line: ChartLine, days: Sequence[date], top: int) -> str:
    points = [(_x(place, len(days)), _y(value, top)) for place, value in enumerate(line.values)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    spikes = "".join(
        f'<circle class="s{number}" cx="{x:.1f}" cy="{y:.1f}" r="7" fill="none" stroke="{_colour(number)}" stroke-width="2"/>'
        for (x, y), marked in zip(points, line.marked, strict=False)
        if marked
    )
    every = max(1, len(points) // 12)
    marks = "".join(_mark(number, x, y) for x, y in points[::every])
    return (
        f'<g><title>{escape(line.label)}</title><path class="s{number}" d="{path}" fill="none" stroke="{_colour(number)}" '
        f'stroke-width="2.5" stroke-linejoin="round" stroke-dasharray="{_dashes(number)}"/>{marks}{spikes}</g>'
    )


def _mark(number: int, x: float, y: float) -> str:
    """Return a small shape of a line's own."""
    shapes = (
        f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        f"M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        f"M{x:.1f} {y + 5:.1f}l5 -9h-10z",
        f"M{x - 1.5:.1f} {y - 5:.1f}h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",
        f"M{x - 5:.1f} {y - 2:.1f}h10v4h-10z",
        f"M{x - 2:.1f} {y - 5:.1f}h4v10h-4z",
    )
    return f'<path class="f{number}" d="{shapes[number % len(shapes)]}" fill="{_colour(number)}"/>'


def _legend(number: int, line: ChartLine) -> str:
    x = LEFT + (WIDTH - LEFT - RIGHT) / 3 * (number % 3)
    y = HEIGHT + 8 + 22 * (number // 3)
    label = line.label if len(line.label) <= 34 else f"{line.label[:33]}…"
    return (
        f'<path class="s{number}" d="M{x:.1f} {y}h34" fill="none" stroke="{_colour(number)}" stroke-width="2.5" '
        f'stroke-dasharray="{_dashes(number)}"/>{_mark(number, x + 17, y)}'
        f'<text class="words" x="{x + 42:.1f}" y="{y + 4}" {_ink(label)}>{escape(label)}</text>'
    )


def _ink(text: str) -> str:
    return f"{_INK} {_ARABIC_FIRST}" if _ARABIC.search(text) else _INK


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _dashes(number: int) -> str:
    return _DASHES[number % len(_DASHES)] or "none"
