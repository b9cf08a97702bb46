"""Pictures: what a file really is, and the clean copies that are served. No database, no network.

What people upload is never served. The original that others may download is decoded, turned upright and
encoded again without metadata: neither the place it was taken nor anything hidden behind the picture remains.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image, ImageOps

from app.errors import Refused

FORMATS = {"JPEG": "jpeg", "PNG": "png", "WEBP": "webp"}
THUMBNAILS = {"small": 400, "medium": 1000, "large": 2000}  # longest edge, pixels
ORIGINAL_OPTIONS: dict[str, dict[str, object]] = {
    "jpeg": {"quality": 92, "optimize": True, "progressive": True},
    "png": {"optimize": False, "compress_level": 6},
    "webp": {"quality": 92, "method": 4},
}
THUMBNAIL_OPTIONS: dict[str, object] = {"quality": 80, "method": 4}
# What Pillow raises on damaged files: documented as OSError, in practice any of these.
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError, OverflowError, TypeError)
QUARTER_TURNS = {5, 6, 7, 8}  # EXIF orientations that swap width and height


@dataclass(frozen=True)
class Facts:
    """What is known of a picture before anything is made of it. Width and height are as seen upright."""

    format: str
    width: int
    height: int
    colour: str
    taken_at: datetime | None


class NotAPicture(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(415, "not_a_picture", f"{name} is not a JPEG, PNG or WebP picture")


class Damaged(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(422, "damaged", f"{name} is damaged or cut short")


class TooManyPixels(Refused):
    def __init__(self, name: str, width: int, height: int, limit: int) -> None:
        detail = f"{name} has {width} × {height} pixels; the most is {limit // 1_000_000} megapixels"
        super().__init__(422, "too_many_pixels", detail)


@contextmanager
def opened(path: Path, name: str, max_pixels: int) -> Iterator[Image.Image]:
    """The picture, its header read and its size judged; no pixel is decoded before that (decompression bombs)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=list(FORMATS))
        except Image.DecompressionBombError:
            raise TooManyPixels(name, 0, 0, max_pixels) from None
        except DAMAGE as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise NotAPicture(name) from None
    with image:
        if image.width * image.height > max_pixels:
            raise TooManyPixels(name, image.width, image.height, max_pixels)
        yield image


def inspect(path: Path, name: str, max_pixels: int) -> Facts:
    """Judge a file by its content, to its last byte. Raises NotAPicture, Damaged or TooManyPixels."""
    with opened(path, name, max_pixels) as image:
        kind = FORMATS[str(image.format)]
        width, height = image.size
        exif = _exif(image)
        image.draft("RGB", (64, 64))  # JPEG: reads the whole stream, computes an eighth of the pixels
        try:
            image.load()
            colour = _mean_colour(image)
        except DAMAGE:
            raise Damaged(name) from None
    if exif.get(ExifTags.Base.Orientation) in QUARTER_TURNS:
        width, height = height, width
    return Facts(kind, width, height, colour, _taken_at(exif))


def _exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except DAMAGE:
        return Image.Exif()


def _taken_at(exif: Image.Exif) -> datetime | None:
    try:
        stamp = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return datetime.strptime(str(stamp), "%Y:%m:%d %H:%M:%S")
    except DAMAGE:
        return None


def _mean_colour(image: Image.Image) -> str:
    pixel = _plain(image).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in pixel))


def _plain(image: Image.Image) -> Image.Image:
    """In a mode every encoder takes: RGB, or RGBA where there is transparency."""
    if image.mode.startswith("I;16"):  # 16-bit grey: convert() would clip, not scale
        image = image.point(lambda value: value / 256, "L") if image.mode == "I;16" else image.convert("I").convert("L")
    wants_alpha = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if wants_alpha else "RGB")


def render(source: Path, name: str, max_pixels: int, into: Path) -> None:
    """Write `original.<format>` and the three thumbnails into a directory. Raises Damaged."""
    with opened(source, name, max_pixels) as image:
        kind = FORMATS[str(image.format)]
        profile = image.info.get("icc_profile")
        try:
            upright = _plain(ImageOps.exif_transpose(image))
        except DAMAGE:
            raise Damaged(name) from None
    upright.info = {}  # nothing the camera wrote is carried over by any encoder
    keep = {"icc_profile": profile} if profile else {}
    original = upright.convert("RGB") if kind == "jpeg" else upright
    original.save(into / f"original.{kind}", format=kind.upper(), **ORIGINAL_OPTIONS[kind], **keep)
    for size, edge in sorted(THUMBNAILS.items(), key=lambda item: -item[1]):
        upright.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
        upright.save(into / f"{size}.webp", format="WEBP", **THUMBNAIL_OPTIONS, **keep)
