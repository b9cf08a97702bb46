"""The pictures of the demonstration, each a few strokes."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from demo.paint import Canvas, Point


def blue_ridges() -> Image.Image:
    c = Canvas(1500, 1000, 3)
    c.sky("#31587a", "#7ea3b8", "#f2d6b3", "#f7c58e", until=0.72)
    c.glow(0.68, 0.5, 0.75, "#ffdca8", 0.9)
    c.disc(0.68, 0.46, 0.034, "#fff3d8")
    shades = ["#a9b3bd", "#8499ab", "#5f7f95", "#43667d", "#2c4c62", "#173142"]
    for n, shade in enumerate(shades):
        c.ridge(0.55 + n * 0.075, 0.075 + n * 0.012, 2 + n % 3, shade, 0.55)
        c.mist(0.62 + n * 0.075, 0.06, "#f4dcc0", 0.16)
    return c.finish()


def low_sun() -> Image.Image:
    c = Canvas(1500, 1000, 8)
    c.sky("#2b2f57", "#80507a", "#e2735f", "#f9b367", until=0.56)
    c.glow(0.42, 0.5, 0.8, "#ffb35c", 0.85)
    c.disc(0.42, 0.5, 0.06, "#fff0c4")
    for y, wide in ((0.16, 0.5), (0.24, 0.8), (0.31, 0.6), (0.37, 0.9)):
        c.shape(lambda pen, s, y=y, wide=wide: _cloud(pen, s, c, y, wide), "#ffb88a", blur=0.006, alpha=0.55)
    c.water(0.56, "#3b2a4a", 0.35)
    c.glitter(0.42, 0.57, "#ffe3ae")
    return c.finish()


def _cloud(pen: ImageDraw.ImageDraw, s: int, c: Canvas, y: float, wide: float) -> None:
    for _ in range(26):
        x = c.random.gauss(0.5, wide / 3) * c.width
        half = c.random.uniform(0.05, 0.2) * c.height
        cy = (y + c.random.gauss(0, 0.012)) * c.height
        thick = c.random.uniform(0.002, 0.008) * c.height
        pen.ellipse([(x - half) * s, (cy - thick) * s, (x + half) * s, (cy + thick) * s], fill=150)


def northern_lights() -> Image.Image:
    c = Canvas(1000, 1400, 21)
    c.sky("#050b1c", "#0a1f35", "#123c4a", until=1)
    c.stars(420, 0.7)
    for strand, (colour, strength) in enumerate([("#37f5a0", 0.5), ("#3fd8c4", 0.42), ("#9d6bff", 0.35)]):
        c.shape(lambda pen, s, n=strand: _curtain(pen, s, c, n), colour, blur=0.014, alpha=strength)
    line = c.ridge(0.84, 0.03, 3, "#06141b")
    c.pines(line, 0.17, 0.028, "#040d12")
    return c.finish(4)


def _curtain(pen: ImageDraw.ImageDraw, s: int, c: Canvas, strand: int) -> None:
    phase = c.random.uniform(0, 6)
    for x in range(0, c.width, 3):
        part = x / c.width
        foot = 0.62 - 0.08 * strand + 0.09 * math.sin(part * 5 + phase) + 0.04 * math.sin(part * 13 + phase * 2)
        tall = 0.3 + 0.12 * math.sin(part * 9 + phase) + c.random.uniform(-0.05, 0.05)
        bright = round(120 + 100 * math.sin(part * 7 + phase * 3) * math.sin(part * 3))
        top, bottom = (foot - tall) * c.height, foot * c.height
        pen.rectangle([x * s, top * s, (x + 3) * s, bottom * s], fill=max(20, bright))


def dunes() -> Image.Image:
    c = Canvas(1600, 900, 5)
    c.sky("#7fb2cf", "#cfe0de", "#f6e6cb", until=0.6)
    c.glow(0.2, 0.3, 0.6, "#fff2d0", 0.7)
    for n, (lit, shade) in enumerate(
        [("#e8c08c", "#cf9a63"), ("#e0ac70", "#bd8049"), ("#d89b5a", "#a2652f"), ("#c98645", "#824a1d")]
    ):
        line = c.ridge(0.55 + n * 0.12, 0.06 + n * 0.015, 1, lit, 0.28)
        crest = [(float(x), y) for x, y in enumerate(line)]
        slide = [(x, y + c.height * (0.02 + 0.2 * (0.5 + 0.5 * math.sin(x / c.width * 9 + n * 2)))) for x, y in crest]
        c.polygon(crest + slide[::-1], shade, blur=0.003, alpha=0.75)
    return c.finish(7)


def blue_hour() -> Image.Image:
    c = Canvas(1500, 1000, 13)
    c.sky("#101b3d", "#2c4374", "#7d78a3", "#e6a58b", until=0.78)
    c.glow(0.75, 0.74, 0.6, "#ffb383", 0.5)
    for colour, low, high, lights in (
        ("#3c4a74", 0.22, 0.42, 0),
        ("#222f57", 0.14, 0.36, 500),
        ("#0e1631", 0.08, 0.26, 900),
    ):
        roofs = _skyline(c, low, high)
        c.polygon(roofs, colour)
        if lights:
            c.shape(
                lambda pen, s, roofs=roofs, lights=lights: _windows(pen, s, c, roofs, lights), "#ffd489", alpha=0.85
            )
    c.water(0.8, "#131c3d", 0.45)
    return c.finish()


def _skyline(c: Canvas, low: float, high: float) -> list[Point]:
    ground = 0.8 * c.height
    points: list[Point] = [(0, ground)]
    x = 0.0
    while x < c.width:
        wide = c.random.uniform(0.03, 0.085) * c.height
        top = ground - c.random.uniform(low, high) * c.height * (0.6 + 0.6 * math.sin(math.pi * x / c.width))
        points += [(x, top), (x + wide, top)]
        x += wide
    return [*points, (c.width, ground)]


def _windows(pen: ImageDraw.ImageDraw, s: int, c: Canvas, roofs: list[Point], count: int) -> None:
    houses = [(a, b) for a, b in zip(roofs[1::2], roofs[2::2], strict=False) if b[0] - a[0] > 8]
    for _ in range(count):
        (left, top), (right, _) = c.random.choice(houses)
        x = left + 5 + 7 * c.random.randint(0, max(0, int((right - left - 12) / 7)))
        y = top + 8 + 11 * c.random.randint(0, max(0, int((0.8 * c.height - top - 16) / 11)))
        pen.rectangle([x * s, y * s, (x + 2.6) * s, (y + 4) * s], fill=c.random.randint(60, 255))


def morning_wood() -> Image.Image:
    c = Canvas(1000, 1250, 34)
    c.sky("#dfe6df", "#c3d3cc", "#9fb8ae", until=1)
    c.glow(0.6, 0.2, 0.7, "#fff6dc", 0.8)
    for n, shade in enumerate(["#b3c6bd", "#8faaa0", "#678a80", "#41695f", "#22483f", "#0f2b25"]):
        line = c.outline(0.5 + n * 0.1, 0.03, 3)
        c.pines(line, 0.2 + n * 0.045, 0.024 + n * 0.007, shade)
        c.polygon([*enumerate(line), (c.width, c.height), (0, c.height)], shade)
        c.mist(0.53 + n * 0.1, 0.1, "#e6ede6", 0.34 - n * 0.045)
    return c.finish()


def moon_lake() -> Image.Image:
    c = Canvas(1500, 1000, 55)
    c.sky("#0a1330", "#1b2f5c", "#4a6592", until=0.62)
    c.stars(260, 0.5)
    c.glow(0.3, 0.24, 0.45, "#cfdcff", 0.55)
    c.disc(0.3, 0.24, 0.052, "#f4f3e6")
    c.ridge(0.52, 0.13, 2, "#31497a", 0.6)
    c.ridge(0.56, 0.09, 3, "#1d3059", 0.6)
    line = c.ridge(0.605, 0.012, 4, "#0d1a36")
    c.pines(line, 0.055, 0.014, "#0a142b")
    c.water(0.62, "#0c1836", 0.3)
    c.glitter(0.3, 0.63, "#dfe6ff")
    return c.finish()


def balloons() -> Image.Image:
    c = Canvas(1400, 1050, 89)
    c.sky("#5f9fc9", "#a9cfdf", "#f5e3c6", "#f6c79b", until=0.86)
    c.glow(0.15, 0.72, 0.6, "#ffe1b0", 0.7)
    c.ridge(0.8, 0.05, 2, "#b98f86", 0.5)
    c.mist(0.82, 0.1, "#f8dfc6", 0.5)
    c.ridge(0.89, 0.05, 3, "#7c5f63", 0.5)
    c.ridge(0.97, 0.04, 2, "#3f3440", 0.5)
    for x, y, r, one, two in (
        (0.3, 0.36, 0.15, "#c8452f", "#f3c25b"),
        (0.63, 0.24, 0.085, "#1f6f78", "#f4e3c1"),
        (0.8, 0.5, 0.06, "#7d3c74", "#f08a5d"),
        (0.52, 0.58, 0.042, "#e0a83a", "#fbeed0"),
        (0.12, 0.62, 0.03, "#2d6da3", "#ffffff"),
        (0.9, 0.2, 0.03, "#b6412c", "#f7d9a8"),
    ):
        _balloon(c, x * c.width, y * c.height, r * c.height, one, two)
    return c.finish()


def _balloon(c: Canvas, x: float, y: float, r: float, one: str, two: str) -> None:
    def edge(part: float) -> list[Point]:
        line = [(x + part * r * math.sin(a / 40 * 2.3), y - r * math.cos(a / 40 * 2.3)) for a in range(41)]
        return [*line, (x + part * r * 0.16, y + r * 1.28)]

    gores = [-1.0, -0.72, -0.36, 0.0, 0.36, 0.72, 1.0]
    for n in range(6):
        c.polygon(edge(gores[n]) + edge(gores[n + 1])[::-1], one if n % 2 else two)
    c.polygon(edge(0.55) + edge(1.0)[::-1], "#1a1020", blur=r / c.height / 9, alpha=0.22)
    basket = r * 0.13
    c.polygon(
        [
            (x - basket, y + r * 1.42),
            (x + basket, y + r * 1.42),
            (x + basket, y + r * 1.62),
            (x - basket, y + r * 1.62),
        ],
        "#4a3020",
    )


def lighthouse() -> Image.Image:
    c = Canvas(900, 1200, 144)
    c.sky("#0c1430", "#23305e", "#6b5a86", "#d98f7f", until=0.78)
    c.stars(160, 0.45)
    lamp = (0.62 * c.width, 0.345 * c.height)
    for side, tall in ((-1, 0.11), (1, 0.08)):
        far = (lamp[0] + side * c.width, lamp[1] - 0.07 * c.height)
        c.polygon(
            [lamp, (far[0], far[1] - tall * c.height), (far[0], far[1] + tall * c.height)],
            "#ffedbd",
            blur=0.01,
            alpha=0.3,
        )
    c.ridge(0.74, 0.004, 1, "#22345a")
    c.ridge(0.83, 0.06, 1, "#101731", 0.5)
    w = 0.035 * c.height
    foot, top = 0.84 * c.height, 0.37 * c.height
    x = lamp[0]
    c.polygon([(x - w * 1.35, foot), (x + w * 1.35, foot), (x + w * 0.85, top), (x - w * 0.85, top)], "#efe6dc")
    for n in range(3):
        a, b = 0.15 + n * 0.3, 0.3 + n * 0.3
        wide = lambda part: w * (0.85 + 0.5 * part)  # noqa: E731
        ya, yb = top + (foot - top) * a, top + (foot - top) * b
        c.polygon([(x - wide(a), ya), (x + wide(a), ya), (x + wide(b), yb), (x - wide(b), yb)], "#b8412f")
    c.polygon(
        [(x + w * 0.2, top), (x + w * 0.85, top), (x + w * 1.35, foot), (x + w * 0.3, foot)], "#0c1430", alpha=0.28
    )
    c.polygon([(x - w * 1.1, top), (x + w * 1.1, top), (x + w * 1.1, top - 8), (x - w * 1.1, top - 8)], "#1a1f38")
    c.polygon(
        [(x - w * 0.6, top - 8), (x + w * 0.6, top - 8), (x + w * 0.6, top - w * 1.5), (x - w * 0.6, top - w * 1.5)],
        "#ffe9ac",
    )
    c.polygon([(x - w * 0.8, top - w * 1.5), (x + w * 0.8, top - w * 1.5), (x, top - w * 2.3)], "#1a1f38")
    c.glow(0.62, 0.345, 0.2, "#ffe6a0", 0.9)
    return c.finish()


def lavender() -> Image.Image:
    c = Canvas(1600, 1000, 233)
    c.sky("#5a6fae", "#b49cc4", "#f3c3a6", "#fbdca6", until=0.5)
    c.glow(0.5, 0.42, 0.6, "#ffe2a8", 0.85)
    c.ridge(0.45, 0.03, 2, "#7f7fb0")
    c.ridge(0.47, 0.012, 3, "#5b5a8c")
    c.polygon([(0, 0.47 * c.height), (c.width, 0.47 * c.height), (c.width, c.height), (0, c.height)], "#4b3a63")
    rows = [_row(c, n) for n in range(-14, 15)]
    c.shape(lambda pen, s: _fill(pen, s, rows[::2]), "#7a5ab0")
    c.shape(lambda pen, s: _fill(pen, s, rows[1::2]), "#8d6bc0")
    lit = [[a, b, (c_[0] * 0.45 + d[0] * 0.55, c_[1]), (d[0] + 12, d[1])] for a, b, c_, d in rows]
    c.shape(lambda pen, s: _fill(pen, s, lit), "#c79be0", blur=0.006, alpha=0.45)
    c.shape(lambda pen, s: _blossom(pen, s, c), "#dcb8f2", alpha=0.5)
    return c.finish(9)


def _row(c: Canvas, n: int) -> list[Point]:
    """One row of plants, from the horizon to one's feet."""
    far, near, feet = c.width / 2 + n * 11, c.width / 2 + n * 190, c.height + 60.0
    return [(far - 2, 0.47 * c.height), (far + 2, 0.47 * c.height), (near + 62, feet), (near - 62, feet)]


def _fill(pen: ImageDraw.ImageDraw, s: int, shapes: list[list[Point]]) -> None:
    for shape in shapes:
        pen.polygon([(x * s, y * s) for x, y in shape], fill=255)


def _blossom(pen: ImageDraw.ImageDraw, s: int, c: Canvas) -> None:
    for _ in range(5200):
        down = c.random.random() ** 0.7
        y = (0.48 + 0.52 * down) * c.height
        row = c.random.randint(-14, 14)
        x = c.width / 2 + row * (11 + 179 * down) + c.random.gauss(0, 2 + 24 * down)
        r = (0.4 + 2.4 * down) * c.random.uniform(0.5, 1.2)
        pen.ellipse([(x - r) * s, (y - r * 1.5) * s, (x + r) * s, (y + r * 1.5) * s], fill=c.random.randint(60, 230))


# file name, album, painter
GALLERY: tuple[tuple[str, str, Callable[[], Image.Image]], ...] = (
    ("Morning_wood.jpg", "Walks", morning_wood),
    ("Dunes_at_noon.jpg", "Far away", dunes),
    ("Moon_over_the_lake.jpg", "Night", moon_lake),
    ("Lavender_rows.jpg", "Walks", lavender),
    ("Northern_lights.jpg", "Night", northern_lights),
    ("Low_sun.jpg", "By the sea", low_sun),
    ("The_lighthouse.jpg", "By the sea", lighthouse),
    ("Balloons.jpg", "Far away", balloons),
    ("Blue_hour.jpg", "Night", blue_hour),
    ("Blue_ridges.jpg", "Walks", blue_ridges),
)
