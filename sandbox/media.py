"""Pictures that the sandbox serves: avatars and photos, drawn here, so that fetching them is exercised."""

import functools
import io
from urllib.parse import quote

from PIL import Image, ImageDraw, ImageFont
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ids import digest

AVATAR_SIZE = 96
PICTURE_SIZE = (960, 640)
PICTURES = {
    "afval": ("Afval naast de container", (120, 128, 112)),
    "stoeptegel": ("Losse stoeptegel", (150, 142, 132)),
    "lantaarn": ("Lantaarnpaal", (52, 62, 92)),
    "boom": ("Omgewaaide tak", (72, 112, 70)),
    "fietspad": ("Kuil in het fietspad", (138, 86, 74)),
    "speeltuin": ("Kapotte schommel", (66, 122, 140)),
    "parkeren": ("Auto op de stoep", (104, 110, 124)),
    "feest": ("Plein vol mensen", (170, 92, 62)),
}


def avatar_url(base: str, handle: str) -> str:
    return f"{base}/media/avatar/{quote(handle)}.png"


def picture_url(base: str, name: str) -> str:
    return f"{base}/media/picture/{quote(name)}.png"


@functools.lru_cache(maxsize=512)
def draw_avatar(handle: str) -> bytes:
    """A coloured tile with an initial; the municipality gets an oak leaf green one."""
    hue = digest("avatar", handle.lower())
    colour = (60 + hue[0] % 120, 60 + hue[1] % 110, 70 + hue[2] % 120)
    image = Image.new("RGB", (AVATAR_SIZE, AVATAR_SIZE), colour)
    pen = ImageDraw.Draw(image)
    lighter = tuple(min(part + 45, 255) for part in colour)
    x, y, size = hue[3] % AVATAR_SIZE, hue[4] % AVATAR_SIZE, 24 + hue[5] % 48
    pen.ellipse((x - size, y - size, x + size, y + size), fill=lighter)
    initial = next((sign for sign in handle.upper() if sign.isalnum() and sign.isascii()), "E")
    pen.text((AVATAR_SIZE / 2, AVATAR_SIZE / 2), initial, font=_font(52), fill="white", anchor="mm")
    return _png(image)


@functools.lru_cache(maxsize=64)
def draw_picture(name: str) -> bytes:
    """A photo of sorts: sky, ground, a shape, and what it is of."""
    words, colour = PICTURES.get(name, (name.replace("-", " ")[:40], (96, 104, 120)))
    width, height = PICTURE_SIZE
    image = Image.new("RGB", PICTURE_SIZE, (178, 200, 216))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, height * 0.55, width, height), fill=colour)
    shape = digest("picture", name)
    for number in range(7):
        x, y, size = (
            shape[number] * width // 255,
            int(height * 0.5) + shape[number + 8] % 180,
            20 + shape[number + 16] % 70,
        )
        shade = tuple(max(part - 12 * number, 0) for part in colour)
        pen.rounded_rectangle((x - size, y - size, x + size, y + size), radius=12, fill=shade)
    pen.text((40, 40), words, font=_font(44), fill=(20, 28, 40))
    return _png(image)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


async def avatar(request: Request) -> Response:
    return _answer(draw_avatar(request.path_params["name"][:40]))


async def picture(request: Request) -> Response:
    return _answer(draw_picture(request.path_params["name"][:40]))


def _answer(data: bytes) -> Response:
    return Response(data, media_type="image/png", headers={"Cache-Control": "public, max-age=86400"})


ROUTES = [Route("/media/avatar/{name}.png", avatar), Route("/media/picture/{name}.png", picture)]
