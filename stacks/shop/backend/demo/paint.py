"""A small studio: a backdrop, light from the left, and things that were turned, woven or bound. Everything is drawn here.

Lengths are in parts of the picture's side, from its upper left corner. Drawn at twice the size, then made smaller.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIDE = 800
SCALE = 2
FULL = SIDE * SCALE
FLOOR = 0.66
"""Where the table begins; what stands on it stands further down, at the front."""

Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
Spot = Callable[[float, float], tuple[int, int]]
Profile = Sequence[tuple[float, float]]
"""Heights from the foot (0) to the rim (1) and the radius there."""
TILT = 0.17
"""How round a circle that lies on the table looks: the camera looks down a little."""


def rgb(value: str) -> Colour:
    return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16))


def mix(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def light_across(gloss: float) -> tuple[Image.Image, Image.Image]:
    """How bright a turned thing is from its left edge to its right, and how much it shines there: 512 pixels by one."""
    shade, shine = Image.new("L", (512, 1)), Image.new("L", (512, 1))
    for x in range(512):
        across = x / 255.5 - 1
        towards = math.sqrt(max(0.0, 1 - across * across))
        lit = max(0.0, -0.55 * across + 0.75 * towards)
        edge = 0.22 * max(0.0, across) ** 4  # light that comes back from the wall
        shade.putpixel((x, 0), round(255 * min(1.0, 0.34 + 0.7 * lit + edge)))
        shine.putpixel((x, 0), round(255 * gloss * max(0.0, 1 - abs(across + 0.5) / 0.13) ** 2))
    return shade, shine


@cache
def lens() -> tuple[Image.Image, Image.Image]:
    """Its grain, and how dark its corners are."""
    grain = Image.effect_noise((SIDE, SIDE), 3).convert("RGB")
    corner = Image.radial_gradient("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return grain, corner.point(lambda value: 255 - round((value / 255) ** 3 * 46)).convert("RGB")


@cache
def lamp() -> Image.Image:
    """The light that falls on the wall from the upper left."""
    glow = Image.radial_gradient("L").point(lambda value: round(max(0.0, 1 - value / 170) ** 2 * 90))
    lit = glow.resize((px(1.5), px(1.5)), Image.Resampling.BICUBIC).crop((px(0.5), px(0.55), px(1.5), px(1.55)))
    return Image.merge("RGB", [lit.resize((FULL, FULL))] * 3)


class Studio:
    def __init__(self, wall: str, table: str, seed: int) -> None:
        self.random = Random(seed)
        self.image = Image.new("RGB", (FULL, FULL))
        self._fade(0, FLOOR, mix(rgb(wall), (255, 255, 255), 0.22), rgb(wall))
        self._fade(FLOOR, 1, mix(rgb(table), (0, 0, 0), 0.1), mix(rgb(table), (255, 255, 255), 0.16))
        self.fill(
            [(0, FLOOR - 0.004), (1, FLOOR - 0.004), (1, FLOOR + 0.004), (0, FLOOR + 0.004)], "#000000", 0.01, 0.25
        )
        self.image = ImageChops.screen(self.image, lamp())

    def _fade(self, top: float, bottom: float, first: Colour, last: Colour) -> None:
        column = Image.new("RGB", (1, 64))
        for y in range(64):
            column.putpixel((0, y), mix(first, last, y / 63))
        self.image.paste(column.resize((FULL, px(bottom) - px(top)), Image.Resampling.BICUBIC), (0, px(top)))

    def stamp(
        self, box: tuple[float, float, float, float], colour: str, blur: float, draw: Callable[[Pen, Spot], object]
    ) -> None:
        """What `draw` draws, in this colour, blurred. Only the part of the picture that it touches is worked on: `draw`
        gets a pen for it, and what puts a point into it."""
        room = px(blur * 3) + 2
        left, top = px(box[0]) - room, px(box[1]) - room
        mask = Image.new("L", (px(box[2]) + room - left, px(box[3]) + room - top))
        draw(ImageDraw.Draw(mask), lambda x, y: (px(x) - left, px(y) - top))
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(px(blur)))
        self.image.paste(rgb(colour), (left, top, left + mask.width, top + mask.height), mask)

    def fill(self, points: Sequence[tuple[float, float]], colour: str, blur: float = 0, alpha: float = 1) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        ink = round(255 * alpha)
        self.stamp((min(xs), min(ys), max(xs), max(ys)), colour, blur,
                   lambda pen, at: pen.polygon([at(*point) for point in points], fill=ink))  # fmt: skip

    def oval(self, x: float, y: float, rx: float, ry: float, colour: str, blur: float = 0, alpha: float = 1) -> None:
        ink = round(255 * alpha)
        self.stamp((x - rx, y - ry, x + rx, y + ry), colour, blur,
                   lambda pen, at: pen.ellipse([at(x - rx, y - ry), at(x + rx, y + ry)], fill=ink))  # fmt: skip

    def arc(
        self, box: tuple[float, float, float, float], start: int, end: int, colour: str, width: float, alpha: float = 1
    ) -> None:
        """Part of an oval's outline; degrees clockwise, from the right."""
        ink = round(255 * alpha)
        self.stamp(box, colour, 0.0015, lambda pen, at: pen.arc(
            [at(box[0], box[1]), at(box[2], box[3])], start, end, fill=ink, width=max(1, px(width))))  # fmt: skip

    def shadow(self, x: float, y: float, radius: float, height: float = 0.25) -> None:
        """Where a thing stands, and what it throws to the right."""
        self.oval(x + 0.45 * height, y + 0.02, radius + 0.5 * height, radius * TILT + 0.03, "#000000", 0.035, 0.22)
        self.oval(x + 0.01, y + 0.005, radius * 1.03, radius * TILT + 0.008, "#000000", 0.012, 0.45)

    # --- turned on a wheel or a lathe -----------------------------------------------------------------------------------

    def turned(
        self, x: float, foot: float, height: float, profile: Profile, colours: Sequence[tuple[float, str]],
        gloss: float = 0.5, speckle: int = 0, inside: str = "",
    ) -> None:  # fmt: skip
        """A thing of revolution, its foot at `foot`. `colours` begin at their heights; `inside` is seen over the rim."""
        shade, shine = light_across(gloss)
        rows, most = px(height), px(max(radius for _, radius in profile))
        deep = round(most * TILT)
        size = (2 * most + 1, rows + 2 * deep + 1)
        body, mask, lights, gleam = (
            Image.new("RGB", size),
            Image.new("L", size),
            Image.new("L", size),
            Image.new("L", size),
        )
        paint, pen = ImageDraw.Draw(body), ImageDraw.Draw(mask)
        for row in range(0, rows + 1, 2):
            up = row / rows
            radius, y = px(radius_at(profile, up)), size[1] - 1 - deep - row
            sag = round(radius * TILT)
            box = [most - radius, y - sag, most + radius, y + sag]
            paint.ellipse(box, fill=rgb(next(colour for start, colour in reversed(colours) if start <= up)))
            pen.ellipse(box, fill=255)
        for y in range(0, size[1], 2):
            # Lit as the row that is seen there: the front of a circle lies lower than its middle.
            up = min(1.0, max(0.0, (size[1] - 1 - deep - y + deep * 0.7) / rows))
            radius = max(1, px(radius_at(profile, up)))
            lights.paste(shade.getpixel((0, 0)), (0, y, most, y + 2))
            lights.paste(shade.getpixel((511, 0)), (most, y, size[0], y + 2))
            for strip, onto in ((shade, lights), (shine, gleam)):
                onto.paste(strip.resize((2 * radius + 1, 2), Image.Resampling.NEAREST), (most - radius, y))
        self._speckle(paint, size, speckle)
        lit = ImageChops.multiply(body, Image.merge("RGB", [lights] * 3))
        lit = ImageChops.screen(lit, Image.merge("RGB", [gleam.filter(ImageFilter.GaussianBlur(px(0.003)))] * 3))
        self.image.paste(lit, (px(x) - most, px(foot) + deep - size[1] + 1), mask)
        if inside:
            self._mouth(x, foot - height, radius_at(profile, 1), inside, colours[-1][1])

    def _speckle(self, pen: Pen, size: tuple[int, int], count: int) -> None:
        for _ in range(count):
            cx, cy, r = self.random.randrange(size[0]), self.random.randrange(size[1]), self.random.choice([1, 1, 2, 3])
            pen.ellipse([cx - r, cy - r, cx + r, cy + r], fill=rgb(self.random.choice(["#4a3b2e", "#6b5747"])))

    def _mouth(self, x: float, y: float, radius: float, inside: str, rim: str) -> None:
        flat = radius * TILT
        self.oval(x, y, radius, flat, hexed(mix(rgb(rim), (255, 255, 255), 0.35)))
        self.oval(x, y + 0.002, radius * 0.93, flat * 0.86, hexed(mix(rgb(inside), (0, 0, 0), 0.25)))
        self.oval(x + radius * 0.12, y + flat * 0.24, radius * 0.74, flat * 0.6, inside, 0.008)

    def handle(self, x: float, y: float, wide: float, tall: float, thick: float, colour: str) -> None:
        """An ear at the right side of a vessel; drawn before the vessel, which hides its ends."""
        for inset, tone in ((0.0, -0.42), (0.22, 0.0), (0.5, 0.25)):
            shade = mix(rgb(colour), (0, 0, 0) if tone < 0 else (255, 255, 255), abs(tone))
            trim = thick * inset * 0.6
            box = (x - wide + trim, y - tall + trim, x + wide - trim, y + tall - trim)
            self.arc(box, -105, 105, hexed(shade), thick * (1 - inset * 1.2))

    # --- woven and bound ------------------------------------------------------------------------------------------------

    def block(
        self, box: tuple[float, float, float, float], colour: str, pattern: Callable[[Image.Image], None] | None = None,
        round_: float = 0.02, fold: float = 0.5,
    ) -> None:  # fmt: skip
        """Something with a face: lit from the left, darker towards its right and its foot."""
        left, top, right, bottom = (px(part) for part in box)
        face = Image.new("RGB", (right - left, bottom - top), rgb(colour))
        if pattern:
            pattern(face)
        across = Image.linear_gradient("L").rotate(90, expand=True).resize(face.size)
        down = Image.linear_gradient("L").resize(face.size)
        for ramp, depth in ((across, 0.3), (down, 0.42 * fold)):
            dark = ramp.point(lambda value, depth=depth: round(255 - value**2 / 255 * depth))
            face = ImageChops.multiply(face, Image.merge("RGB", [dark] * 3))
        mask = Image.new("L", face.size)
        corner = [0, 0, face.width - 1, face.height - 1]
        ImageDraw.Draw(mask).rounded_rectangle(corner, px(round_), fill=255)
        self.image.paste(face, (left, top), mask.filter(ImageFilter.GaussianBlur(2)))

    def finish(self, zoom: float = 0.76, middle: float = 0.64) -> Image.Image:
        """Cut out the part that counts, this large and around this height; a breath of grain and darker corners."""
        top = min(max(0.0, middle - zoom / 2), 1 - zoom)
        cut = self.image.crop((px(0.5 - zoom / 2), px(top), px(0.5 + zoom / 2), px(top + zoom)))
        image = cut.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        grain, dark = lens()
        return ImageChops.multiply(ImageChops.add(image, grain, offset=-128), dark)


def px(part: float) -> int:
    return round(part * FULL)


def hexed(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def radius_at(profile: Profile, up: float) -> float:
    """Between two points of the profile the curve is smooth, and level at each: no kinks."""
    last = profile[0]
    for point in profile:
        if point[0] >= up:
            break
        last = point
    if point[0] <= last[0]:
        return point[1]
    part = (up - last[0]) / (point[0] - last[0])
    return last[1] + (point[1] - last[1]) * (0.5 - 0.5 * math.cos(math.pi * part))


# --- patterns for faces -----------------------------------------------------------------------------------------------


def stripes(*colours: str, count: int = 12, upright: bool = False) -> Callable[[Image.Image], None]:
    def draw(face: Image.Image) -> None:
        pen, length = ImageDraw.Draw(face), (face.width if upright else face.height)
        for n in range(count):
            start, end = length * (n + 0.3) / count, length * (n + 0.7) / count
            box = [start, 0, end, face.height] if upright else [0, start, face.width, end]
            pen.rectangle(box, fill=rgb(colours[n % len(colours)]))

    return draw


def weave(dark: str, step: int = 10) -> Callable[[Image.Image], None]:
    def draw(face: Image.Image) -> None:
        pen = ImageDraw.Draw(face)
        for n, y in enumerate(range(0, face.height, step)):
            for x in range((n % 2) * step, face.width, step * 2):
                pen.rounded_rectangle([x, y, x + step - 3, y + step - 3], 3, fill=rgb(dark))

    return draw


def dots(colour: str, step: int = 90, r: int = 18) -> Callable[[Image.Image], None]:
    def draw(face: Image.Image) -> None:
        pen = ImageDraw.Draw(face)
        for n, y in enumerate(range(step // 2, face.height, step)):
            for x in range(step // 2 + (n % 2) * step // 2, face.width, step):
                pen.ellipse([x - r, y - r, x + r, y + r], fill=rgb(colour))

    return draw


def hills(*colours: str) -> Callable[[Image.Image], None]:
    def draw(face: Image.Image) -> None:
        pen = ImageDraw.Draw(face)
        for n, colour in enumerate(colours):
            base, swing = face.height * (0.35 + 0.6 * n / len(colours)), face.height * 0.07
            line = [
                (x, base + swing * math.sin(x / face.width * (4 + 2 * n) + 2 * n) + swing * 0.4 * math.sin(x / 60 + n))
                for x in range(0, face.width + 8, 8)
            ]
            pen.polygon([*line, (face.width, face.height), (0, face.height)], fill=rgb(colour))

    return draw
