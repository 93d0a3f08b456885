"""Typst, asked for one PDF: tagged, with bookmarks (docs/decisions/0019-printing.md)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from alerts.review.printing import PrintError, Template, TemplateError

log = structlog.get_logger(__name__)

NO_FONT = "could not be displayed with"
_PLACE = re.compile(r"┌─ (.+?):(\d+):\d+")
"""Where a fault stands, as Typst draws it."""
FRAME = Path(__file__).with_name("frame.typ")


def typeset(
    template: Template, files: Mapping[str, bytes], *, colour: str = "", is_ours: bool = True
) -> bytes:
    """Return a template as PDF. It sees the frame, its own files and these, and nothing else of the machine or the network.

    Raise `PrintError`; of a template that is the user's, `TemplateError`.
    """
    try:
        import typst
    except ImportError:
        raise PrintError("PDF needs Typst: pip install 'tocsin[review]'") from None
    with TemporaryDirectory(prefix="tocsin-print-") as name:
        folder = Path(name)
        for called, body in ({FRAME.name: FRAME.read_bytes()} | dict(template.files) | dict(files)).items():
            (folder / called).write_bytes(body)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of fonts that this machine lacks: others take their place
                return _compiled(typst, folder / template.name, {"accent": colour} if colour else {})
        except typst.TypstError as error:
            if is_ours:
                raise PrintError(str(error).splitlines()[0]) from error
            raise TemplateError(_placed(error, template)) from error


def _placed(error: Any, template: Template) -> str:  # noqa: ANN401  (Typst's error)
    """Return what is wrong with a template of the user's: file, line, and what to do where Typst knows that."""
    found = _PLACE.search(error.diagnostic)
    where = template.path
    if found is not None and Path(found[1]).name in template.files:
        where = template.path.with_name(Path(found[1]).name)
    line = f":{found[2]}" if found is not None else ""
    return "; ".join([f"{where}{line}: {str(error).splitlines()[0]}", *error.hints])


def _compiled(typst: Any, path: Path, inputs: Mapping[str, str]) -> bytes:  # noqa: ANN401  (a module)
    """Return the PDF: as PDF/UA-1, but where no font here has a letter; such a one is shown as a box, and all else as it is."""
    asked = {
        "input": path,
        "root": path.parent,
        "font_paths": [path.parent],
        "format": "pdf",
        "sys_inputs": dict(inputs),
    }
    try:
        made: bytes = typst.compile(pdf_standards="ua-1", **asked)
    except typst.TypstError as error:
        if NO_FONT not in str(error):
            raise
        log.warning(
            "no font here has a letter of what is printed; it is not PDF/UA", error=str(error).splitlines()[0]
        )
        made = typst.compile(**asked)
    return made
