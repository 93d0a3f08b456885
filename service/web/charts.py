"""Bar charts as SVG: labelled values in, shapes out; colours and fonts are the stylesheet's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from storage.language import day

STEP, WIDTH, HEIGHT = 10, 8, 120
"""From bar to bar, of a bar, and of the whole: whole user units, so that a page with many charts stays small."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One value."""

    label: str
    value: float
    x: int
    height: int
    marked: bool

    @property
    def y(self) -> int:
        """Where its top is."""
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over a width and height of user units; `most` is the tallest bar's value."""

    bars: tuple[Bar, ...]
    most: float
    total: float
    bar_width: int = WIDTH
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """Of all bars."""
        return STEP * max(1, len(self.bars))

    def outline(self, *, marked: bool) -> str:
        """Return the bars that stand out, or the others, as one path."""
        return "".join(
            f"M{bar.x} {HEIGHT}v-{bar.height}h{WIDTH}v{bar.height}z"
            for bar in self.bars
            if bar.height and bar.marked is marked
        )


def chart(values: Iterable[tuple[object, float]], *, marked: Collection[object] = ()) -> Chart:
    """Return the bars of labelled values in their order; those whose label is among the `marked` stand out."""
    shown = list(values)
    most = max((value for _label, value in shown), default=0)
    bars = []
    for place, (label, value) in enumerate(shown):
        height = max(1, round(HEIGHT * value / most)) if value else 0
        said = day(label, length="medium") if isinstance(label, date) else str(label)
        bars.append(Bar(said, value, STEP * place, height, label in marked))
    return Chart(tuple(bars), most, sum(value for _label, value in shown))
