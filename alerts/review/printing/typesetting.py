"""Typst, asked for one PDF: tagged, with bookmarks (docs/decisions/0019-printing.md)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from alerts.review.printing import PrintError

log = structlog.get_logger(__name__)

NO_FONT = "could not be displayed with"
FRAME = Path(__file__).with_name("frame.typ")


def typeset(template: Path, files: Mapping[str, bytes]) -> bytes:
    """Return a template as PDF. It sees the frame, these files, and nothing else of the machine. Raise `PrintError`."""
    try:
        import typst
    except ImportError:
        raise PrintError("PDF needs Typst: pip install 'tocsin[review]'") from None
    with TemporaryDirectory(prefix="tocsin-print-") as name:
        folder = Path(name)
        for path in (FRAME, template):
            (folder / path.name).write_bytes(path.read_bytes())
        for called, body in files.items():
            (folder / called).write_bytes(body)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of fonts that this machine lacks: others take their place
                return _compiled(typst, folder / template.name)
        except typst.TypstError as error:
            raise PrintError(str(error).splitlines()[0]) from error


def _compiled(typst: Any, path: Path) -> bytes:  # noqa: ANN401  (a module)
    """Return the PDF: as PDF/UA-1, but where no font here has a letter; such a one is shown as a box, and all else as it is."""
    try:
        made: bytes = typst.compile(path, root=path.parent, format="pdf", pdf_standards="ua-1")
    except typst.TypstError as error:
        if NO_FONT not in str(error):
            raise
        log.warning(
            "no font here has a letter of what is printed; it is not PDF/UA", error=str(error).splitlines()[0]
        )
        made = typst.compile(path, root=path.parent, format="pdf")
    return made
