"""What of a watch list is one value from its table to the matcher. Not in the stores: settings need no SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write an actor's name, with what must hold for it to count. Every option may be left out.

    `exact`: case and accents count. `title`: it counts in the title only. `weak`: it counts only where a name of the
    actor that is not weak, or one of the alias's or actor's `context` terms, stands in the article too. `context`: one of
    these terms must stand in the article, and none of those with a minus before them ("-striker"). `exclude`: longer phrases
    inside which it does not count. `least`: it counts in articles only that hold it so many times. `any_order`: "Blinken Antony"
    is "Antony Blinken". `forms`: declined and suffixed forms count, in languages that have them. `alone`: it does not count where
    a capitalised neighbour makes another name of it ("Michael Jordan" is not Jordan); left out, so it is with a name of one word.
    """

    text: str
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    least: int = 1
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None

    @property
    def shortest(self) -> str | Alias:
        """Its text where it has no options, else itself."""
        return self.text if self == Alias(self.text) else self


@dataclass(frozen=True, slots=True)
class Topic:
    """A named Boolean query (docs/watch-lists.md)."""

    name: str
    query: str
