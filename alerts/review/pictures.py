"""A picture from the web made ready for a review: judged by decoding it, made small, written anew. Pure; done in a worker."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from typing import Literal

LONGEST_SIDE = 560
"""Of what is kept, in pixels: sharp at 44 mm in print, and some 40 kB."""
SHORTEST_SIDE = 48
"""Of what was fetched: anything smaller is an icon, or counts visits."""
MOST_PIXELS = 40_000_000
"""An image of more is refused before it is decoded: a file of some kB may claim any size."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
QUALITY = 78

Fault = Literal["kind", "small", "large", "broken"]


class PictureError(Exception):
    """It can't be used. `fault` says why: it is no picture of these formats, too small, too large, or broken."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(fault, detail)
        self.fault: Fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A JPEG without any of the first file's metadata."""

    body: bytes = field(repr=False)
    width: int
    height: int


def small_picture(body: bytes) -> SmallPicture:
    """Return the picture of a file, whatever its name or type says it is. Raise `PictureError`."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of its size, which is judged here, and of damaged metadata, which is left out
        try:
            picture = Image.open(io.BytesIO(body), formats=FORMATS)
        except UnidentifiedImageError:
            raise PictureError("kind") from None
        except Image.DecompressionBombError as error:
            raise PictureError("large", str(error)) from None
        except Exception as error:  # noqa: BLE001  (a hostile file may fail in any way)
            raise PictureError("broken", str(error)) from None
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise PictureError("large", f"{width} × {height}")
        if min(width, height) < SHORTEST_SIDE:
            raise PictureError("small", f"{width} × {height}")
        try:
            picture.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            turned = ImageOps.exif_transpose(picture)
            turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            flat = turned.convert("RGBA")
            page = Image.new("RGB", flat.size, "white")
            page.paste(flat, mask=flat.getchannel("A"))
            made = io.BytesIO()
            page.save(made, "JPEG", quality=QUALITY, optimize=True, progressive=False)
        except Exception as error:  # noqa: BLE001  (as above)
            raise PictureError("broken", str(error)) from None
    return SmallPicture(made.getvalue(), *page.size)
