"""Avatars: what was sent is never served. It is decoded, turned upright, cut square and encoded again, without metadata."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from backend.shared.errors import Refused

__all__ = ["SIZES", "avatar"]

SIZES = (512, 96)
"""Pixels a side; the first is the large one."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 84


def avatar(content: bytes, most_pixels: int) -> dict[str, bytes]:
    """WebP by size ("512"). Refused when it is no picture, damaged, or would need too much memory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > most_pixels:
                    raise Refused(422, "too_many_pixels", "the picture has too many pixels")
                picture.draft("RGB", (SIZES[0] * 2, SIZES[0] * 2))
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise Refused(415, "not_a_picture", "this is not a JPEG, PNG, WebP or GIF picture") from None
    except (OSError, SyntaxError, ValueError):
        raise Refused(422, "damaged", "the picture is damaged") from None
    return {str(size): encoded(ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)) for size in SIZES}


def encoded(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    opaque = picture.getchannel("A").getextrema()[0] == 255
    (picture.convert("RGB") if opaque else picture).save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
