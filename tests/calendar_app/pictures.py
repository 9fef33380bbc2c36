"""Files for the media library: real pictures, and what pretends to be one."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def encode(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, format=kind, **options)
    return target.getvalue()


def photo(colour: str = "green", *, size: tuple[int, int] = (60, 40), kind: str = "JPEG") -> bytes:
    return encode(Image.new("RGB", size, colour), kind)


def noise(side: int, *, kind: str = "PNG") -> bytes:
    """What can not be packed: as large a file as so many pixels give."""
    return encode(Image.merge("RGB", [Image.effect_noise((side, side), 120) for _band in range(3)]), kind)


def telling_photo() -> bytes:
    """A photo that stands on its side, tells where it was taken, and carries words in each place that a file has for them."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter
    exif[0x010E] = "SECRET <script>alert('exif')</script>"
    exif.get_ifd(0x8825)[2] = (52.0, 5.0, 30.0)
    image = Image.new("RGB", (60, 40), "red")
    return (
        encode(image, exif=exif.tobytes(), icc_profile=b"SECRET-ICC" * 50, comment=b"SECRET-COMMENT")
        + b"PK\x03\x04SECRET-TAIL"
    )


def telling_png() -> bytes:
    info = PngInfo()
    info.add_text("Comment", "SECRET-TEXT")
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET-XMP</x:xmpmeta>")
    return encode(Image.new("RGBA", (30, 20), (0, 90, 0, 120)), "PNG", pnginfo=info) + b"SECRET-TAIL"


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 10_000)) + chunk(b"IEND", b"")


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("foto.jpg", b"\x00" * 1_000_000)
    return out.getvalue()


HALF = encode(Image.effect_noise((200, 200), 50))
NO_PICTURES: dict[str, bytes] = {
    "empty": b"",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "xml": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7 1 0 obj << /JS (app.alert(1)) >>",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0",
    "zip": _zip(),
    "gif in name only": b"GIF89a=1;alert(1)//",
    "jpeg in its first bytes only": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "half a photo": HALF[: len(HALF) // 2],
    "tiff": b"II*\x00" + b"\x00" * 60,
    "bmp": encode(Image.new("RGB", (4, 4)), "BMP"),
    "text": b"De Molenstraat is dicht." * 40,
}
