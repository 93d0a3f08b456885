"""Pictures from the web: judged by what they are, made small, written anew; what is none is refused before it costs anything."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from alerts.review.pictures import LONGEST_SIDE, PictureError, small_picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"><rect width="9" height="9"/></svg>'
HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to see this picture."


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 800), **how: object) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(body, kind, **how)
    return body.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif[0x010E] = "where we live"
    return picture(exif=exif.tobytes())


def glass() -> bytes:
    body = io.BytesIO()
    Image.new("RGBA", (900, 600), (0, 0, 0, 0)).save(body, "PNG")
    return body.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a hundred bytes that says it has so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_picture_is_made_a_small_jpeg(kind: str) -> None:
    made = small_picture(picture(kind))
    with Image.open(io.BytesIO(made.body)) as again:
        assert (again.format, again.size) == ("JPEG", (LONGEST_SIDE, 373))
    assert (made.width, made.height) == (LONGEST_SIDE, 373)
    assert len(made.body) < 40_000


def test_picture_stands_upright_and_tells_nothing_else() -> None:
    made = small_picture(turned())
    assert (made.width, made.height) == (373, LONGEST_SIDE)
    assert b"where we live" not in made.body
    with Image.open(io.BytesIO(made.body)) as again:
        assert dict(again.getexif()) == {}


def test_what_is_transparent_is_white() -> None:
    with Image.open(io.BytesIO(small_picture(glass()).body)) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(SVG, "kind", id="svg"),
        pytest.param(HTML, "kind", id="html"),
        pytest.param(b"", "kind", id="nothing"),
        pytest.param(b"%PDF-1.7", "kind", id="pdf"),
        pytest.param(picture("TIFF"), "kind", id="another format"),
        pytest.param(bomb(60_000, 60_000), "large", id="bomb"),
        pytest.param(bomb(600, 400), "broken", id="no pixels"),
        pytest.param(picture()[:400], "broken", id="cut off"),
        pytest.param(picture("GIF", (1, 1)), "small", id="counts visits"),
        pytest.param(picture(size=(900, 20)), "small", id="strip"),
    ],
)
def test_what_is_no_picture_is_refused(body: bytes, fault: str) -> None:
    with pytest.raises(PictureError) as refused:
        small_picture(body)
    assert refused.value.fault == fault
