"""Bar charts as SVG: labelled values in, shapes out; colours and fonts are the stylesheet's. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One value."""

    label: str
    value: float
    x: float
    y: float
    width: float
    height: float
    marked: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over a width and height of user units; `most` is the tallest bar's value."""

    bars: tuple[Bar, ...]
    most: float
    total: float
    width: int = WIDTH
    height: int = HEIGHT


def chart(values: Iterable[tuple[object, float]], *, marked: Collection[object] = ()) -> Chart:
    """Gives the bars of labelled values in their order; those whose label is among the `marked` stand out."""
    shown = list(values)
    most = max((value for _label, value in shown), default=0)
    step = WIDTH / max(1, len(shown))
    bars = []
    for place, (label, value) in enumerate(shown):
        height = round(HEIGHT * value / most, 1) if most else 0.0
        x, y, width = round(place * step, 1), round(HEIGHT - height, 1), round(max(1.0, step - GAP), 1)
        bars.append(Bar(str(label), value, x, y, width, height, label in marked))
    return Chart(tuple(bars), most, sum(value for _label, value in shown))
