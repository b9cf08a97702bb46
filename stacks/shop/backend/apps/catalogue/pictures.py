"""Pictures that people upload: judged by their content, encoded anew without metadata, in three sizes.

What was uploaded is not kept. A picture is named by its content, so it may be kept by browsers for good; its sizes lie
side by side: `products/3f9a…-320.webp`, `-640`, `-1280`.
"""

import hashlib
import io
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.db.models.fields.files import ImageFieldFile
from PIL import Image, ImageOps, UnidentifiedImageError

WIDTHS = (320, 640, 1280)
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80


def validate(file: Any) -> None:
    """Refuse what is too large, in bytes or pixels, and what is no picture of a known kind, whatever it is called."""
    if getattr(file, "_committed", False):  # a model's own file, looked at when it came
        return
    if file.size > settings.PICTURE_MAX_BYTES:
        raise ValidationError(f"A picture may have at most {settings.PICTURE_MAX_BYTES // 2**20} MB.", "too_large")
    try:
        # Opening reads the header only: nothing is unpacked before its size is known.
        with Image.open(file, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > settings.PICTURE_MAX_PIXELS:
                most = settings.PICTURE_MAX_PIXELS // 1_000_000
                raise ValidationError(f"A picture may have at most {most} megapixels.", "too_many_pixels")
            picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise ValidationError("This is no JPEG, PNG or WebP picture.", "not_a_picture") from None
    except (OSError, SyntaxError, ValueError):
        raise ValidationError("This picture is damaged.", "damaged") from None
    finally:
        file.seek(0)


def keep(file: Any, folder: str) -> str:
    """Store all sizes of a validated picture; the name of the largest, which stands for all of them."""
    file.seek(0)
    with Image.open(file, formats=FORMATS) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    digest = hashlib.sha256(upright.tobytes() + repr(upright.size).encode()).hexdigest()[:24]
    for width in WIDTHS:
        name = f"{folder}/{digest}-{width}.webp"
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(encode(upright, width)))
    return name


def encode(picture: Image.Image, width: int) -> bytes:
    """WebP of at most this width; a smaller picture is not blown up."""
    height = max(1, round(picture.height * width / picture.width))
    sized = picture.resize((width, height), Image.Resampling.LANCZOS) if picture.width > width else picture
    out = io.BytesIO()
    sized.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def addresses(picture: ImageFieldFile) -> dict[str, str] | None:
    """The address of each size by its width, without a host: the shop answers to several."""
    if not picture:
        return None
    stem = picture.name.rpartition("-")[0]
    return {str(width): f"{settings.MEDIA_URL}{stem}-{width}.webp" for width in WIDTHS}


class PictureField(models.ImageField):
    """An image that is processed as it is saved."""

    default_validators = (validate,)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        file = getattr(model_instance, self.attname)
        if file and not file._committed:
            name = keep(file.file, str(self.upload_to))
            setattr(model_instance, self.attname, name)
        return getattr(model_instance, self.attname)
