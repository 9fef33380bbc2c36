"""Pictures of the demo's library: drawn here, so that nobody's rights are in them."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = (1200, 800)
SKY, GRASS, ROAD, WALL, ROOF, INK = "#cfe3ea", "#a9c48f", "#6d7478", "#e8d9c3", "#9b4f3d", "#2f3b40"
WHITE, ORANGE, GREEN, BLUE, YELLOW, RED = "#fbfaf6", "#e07a2f", "#4c7f56", "#3d7496", "#e5b83c", "#b8402f"
Draw = ImageDraw.ImageDraw


def _ground(draw: Draw, colour: str = GRASS, top: int = 520) -> None:
    draw.rectangle((0, top, *SIZE), fill=colour)


def _tree(draw: Draw, x: int, foot: int, size: int = 150, colour: str = GREEN) -> None:
    draw.rectangle((x - 10, foot - size // 2, x + 10, foot), fill="#6b4f3a")
    draw.ellipse((x - size // 2, foot - size - size // 3, x + size // 2, foot - size // 3), fill=colour)


def _house(draw: Draw, x: int, foot: int, wide: int, high: int) -> None:
    draw.rectangle((x, foot - high, x + wide, foot), fill=WALL)
    draw.polygon(
        [(x - 24, foot - high), (x + wide // 2, foot - high - wide // 2), (x + wide + 24, foot - high)], fill=ROOF
    )
    draw.rectangle((x + wide // 2 - 34, foot - 120, x + wide // 2 + 34, foot), fill=BLUE)
    for left in (x + 34, x + wide - 94):
        draw.rectangle((left, foot - high + 40, left + 60, foot - high + 110), fill=WHITE)


def _road_works(draw: Draw) -> None:
    _ground(draw, ROAD, 470)
    for x in (60, 380, 700, 1020):
        draw.rectangle((x, 640, x + 150, 660), fill=WHITE)
    for x in (210, 560, 910):
        draw.polygon([(x, 560), (x + 60, 330), (x + 120, 560)], fill=ORANGE)
        draw.polygon([(x + 22, 475), (x + 40, 405), (x + 80, 405), (x + 98, 475)], fill=WHITE)
        draw.rectangle((x - 24, 556, x + 144, 584), fill=INK)


def _containers(draw: Draw) -> None:
    _ground(draw)
    for x, colour in ((150, GREEN), (450, BLUE), (750, ORANGE)):
        draw.polygon([(x, 260), (x + 240, 260), (x + 215, 640), (x + 25, 640)], fill=colour)
        draw.rounded_rectangle((x - 16, 220, x + 256, 270), 16, fill=INK)
        draw.ellipse((x + 20, 620, x + 70, 670), fill=INK)
        draw.ellipse((x + 170, 620, x + 220, 670), fill=INK)


def _town_hall(draw: Draw) -> None:
    _ground(draw, "#c9c2b4")
    draw.rectangle((250, 260, 950, 600), fill=WALL)
    draw.polygon([(220, 260), (600, 110), (980, 260)], fill=ROOF)
    for x in range(300, 920, 130):
        draw.rectangle((x, 310, x + 60, 420), fill=BLUE)
        draw.rectangle((x - 6, 300, x + 66, 312), fill=WHITE)
    draw.rectangle((550, 450, 650, 600), fill=INK)
    draw.rectangle((596, 20, 604, 130), fill=INK)
    draw.polygon([(604, 24), (700, 44), (604, 68)], fill=RED)


def _market(draw: Draw) -> None:
    _ground(draw, "#c9c2b4")
    for number, x in enumerate((90, 450, 810)):
        draw.rectangle((x, 430, x + 300, 600), fill="#b08d63")
        for stripe in range(6):
            left = x - 20 + stripe * 57
            colour = (RED, WHITE) if number != 1 else (GREEN, WHITE)
            draw.polygon([(left, 400), (left + 12, 290), (left + 62, 290), (left + 57, 400)], fill=colour[stripe % 2])
        for apple in range(7):
            draw.ellipse((x + 20 + apple * 38, 400, x + 54 + apple * 38, 434), fill=(RED, YELLOW, GREEN)[apple % 3])


def _pool(draw: Draw) -> None:
    draw.rectangle((0, 330, *SIZE), fill="#5fa9c6")
    for lane in range(4):
        for x in range(0, 1200, 60):
            draw.ellipse((x, 400 + lane * 105, x + 30, 424 + lane * 105), fill=(RED, WHITE)[(x // 60) % 2])
    draw.rectangle((0, 270, 1200, 340), fill=WHITE)
    draw.ellipse((520, 470, 600, 550), fill="#d9a07a")
    draw.polygon([(500, 510), (420, 560), (430, 580), (520, 545)], fill="#d9a07a")


def _salt(draw: Draw) -> None:
    draw.rectangle((0, 480, *SIZE), fill=WHITE)
    draw.rounded_rectangle((300, 320, 760, 560), 24, fill=ORANGE)
    draw.rounded_rectangle((760, 380, 940, 560), 24, fill=YELLOW)
    draw.rectangle((800, 405, 910, 470), fill=SKY)
    for x in (380, 620, 850):
        draw.ellipse((x - 50, 520, x + 50, 620), fill=INK)
    for flake in range(70):
        x, y = (flake * 173) % 1200, (flake * 97) % 470
        draw.ellipse((x, y, x + 10, y + 10), fill=WHITE)


def _home(draw: Draw) -> None:
    _ground(draw, WHITE)
    _house(draw, 180, 620, 320, 250)
    _house(draw, 640, 620, 380, 290)


def _park(draw: Draw) -> None:
    _ground(draw)
    draw.polygon([(480, 520), (620, 520), (880, 800), (260, 800)], fill="#dccfae")
    for x, size in ((120, 210), (330, 160), (800, 180), (1010, 230)):
        _tree(draw, x, 600, size)
    draw.rectangle((640, 590, 860, 612), fill="#7d5a3c")
    draw.rectangle((640, 540, 860, 560), fill="#7d5a3c")
    for x in (660, 830):
        draw.rectangle((x, 540, x + 14, 660), fill=INK)


def _ballot(draw: Draw) -> None:
    _ground(draw, "#d8d2c6", 600)
    draw.rectangle((400, 330, 800, 680), fill=BLUE)
    draw.rectangle((370, 290, 830, 350), fill=INK)
    draw.rectangle((500, 308, 700, 326), fill=WHITE)
    draw.polygon([(520, 120), (680, 120), (680, 315), (520, 315)], fill=WHITE)
    for row in range(4):
        draw.ellipse((545, 145 + row * 40, 569, 169 + row * 40), outline=INK, width=4, fill=RED if row == 1 else WHITE)
        draw.rectangle((585, 151 + row * 40, 660, 161 + row * 40), fill="#b9b4a8")


def _christmas(draw: Draw) -> None:
    draw.rectangle((0, 0, *SIZE), fill="#20384a")
    draw.rectangle((0, 600, *SIZE), fill=WHITE)
    for level in range(3):
        top, half = 120 + level * 140, 120 + level * 70
        draw.polygon([(600, top), (600 - half, top + 190), (600 + half, top + 190)], fill=GREEN)
    draw.rectangle((570, 590, 630, 660), fill="#6b4f3a")
    for ball in range(16):
        y = 240 + (ball * 61) % 330
        x = 600 + ((ball * 97) % (y - 120)) - (y - 120) // 2
        draw.ellipse((x - 13, y - 13, x + 13, y + 13), fill=(RED, YELLOW, WHITE)[ball % 3])


# By the word of the demo's posts: the name in the library, the alt text, and how it is drawn.
PICTURES: dict[str, tuple[str, str, Callable[[Draw], None]]] = {
    "wegwerk": ("Wegwerk", "Tekening van drie oranje pylonen op een afgesloten weg.", _road_works),
    "containers": (
        "Containers",
        "Tekening van een groene, een blauwe en een oranje container naast elkaar.",
        _containers,
    ),
    "gemeentehuis": ("Gemeentehuis", "Tekening van het gemeentehuis met een vlag op het dak.", _town_hall),
    "markt": ("Marktkramen", "Tekening van drie marktkramen met gestreepte luifels en fruit.", _market),
    "zwembad": ("Zwembad", "Tekening van een zwemmer tussen de lijnen van het zwembad.", _pool),
    "strooien": ("Strooiwagen", "Tekening van een oranje strooiwagen in de sneeuw.", _salt),
    "huis": ("Huizen in de winter", "Tekening van twee huizen in de sneeuw.", _home),
    "park": ("Kerkpark", "Tekening van een park met een bank, bomen en een breed pad.", _park),
    "stembus": ("Stembus", "Tekening van een stembiljet dat in een blauwe stembus gaat.", _ballot),
    "kerst": ("Kerstboom", "Tekening van een versierde kerstboom in de avond.", _christmas),
}


def drawn(word: str) -> bytes:
    """A PNG of 1200 by 800."""
    picture = Image.new("RGB", SIZE, SKY)
    PICTURES[word][2](ImageDraw.Draw(picture))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
