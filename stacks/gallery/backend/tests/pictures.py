"""Pictures for the tests, drawn on the spot."""

import io
import struct
import zipfile
import zlib

from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

PLACE = b"Here lies the place"


def draw(width: int = 640, height: int = 400) -> Image.Image:
    """Red on the left, blue on the right, a white bar along the top: tells which way is up."""
    image = Image.new("RGB", (width, height), "red")
    pen = ImageDraw.Draw(image)
    pen.rectangle((width // 2, 0, width, height), fill="blue")
    pen.rectangle((0, 0, width, height // 8), fill="white")
    return image


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 640, height: int = 400) -> bytes:
    return encoded(draw(width, height), quality=90)


def png(width: int = 64, height: int = 40) -> bytes:
    return encoded(draw(width, height), "PNG")


def telling_exif() -> Image.Exif:
    """A camera's EXIF: turned by a quarter, with a date and a place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Telltale"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:06 07:08:09"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude] = (59.0, 56.0, 2.0)
    gps[ExifTags.GPS.GPSAreaInformation] = PLACE
    return exif


def photo_with_place(kind: str = "JPEG") -> bytes:
    extra: dict[str, object] = {"xmp": b"<x:xmpmeta>Telltale</x:xmpmeta>"} if kind in ("JPEG", "WEBP") else {}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "Telltale")
        extra["pnginfo"] = text
    return encoded(draw(), kind, exif=telling_exif(), **extra)


def zip_file() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("secret.txt", "hidden freight")
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kB whose header promises 900 megapixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
