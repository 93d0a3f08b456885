"""Press reviews as files: PDF by Typst, Word by python-docx. Pure, and slow: it is done in a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class PrintError(Exception):
    """An edition can't be printed; the message says why."""


class TemplateError(PrintError):
    """A template of the user's can't be used; the message names its file, and the line where that is known."""


@dataclass(frozen=True, slots=True)
class Template:
    """A layout: where its file is, and by name what it may read, itself included."""

    path: Path
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def body(self) -> bytes:
        """The file."""
        return self.files[self.name]


@dataclass(frozen=True, slots=True)
class Look:
    """How an edition is printed: with a title page, a logo (its file's ending and bytes), a colour, templates of the user's."""

    cover: bool = False
    logo_kind: str = ""
    logo: bytes = field(default=b"", repr=False)
    colour: str = ""
    """Of headings and lines, as `#8f2f16`; empty: ours."""
    typst: Template | None = None
    """The user's own layout of the PDF."""
    word: Template | None = None
    """A Word document of the user's, whose styles, headers and footers are taken."""
    pictures: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """JPEGs of items, by the number of each."""
