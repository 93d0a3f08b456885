"""Charts as pictures of pixels."""

from __future__ import annotations


def png_of(svg: str) -> bytes:
    """Return a chart as PNG, at twice its size; its letters are of the fonts that this machine has."""
    from resvg_py import svg_to_bytes  # loads the system's fonts

    return bytes(svg_to_bytes(svg_string=svg, zoom=2, font_family="Noto Sans", sans_serif_family="Noto Sans"))
