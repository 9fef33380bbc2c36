"""Two small real pictures."""

import io

from PIL import Image


def _drawn(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (40, 120, 60)).save(buffer, kind)
    return buffer.getvalue()


PNG, JPEG = _drawn("PNG"), _drawn("JPEG")
