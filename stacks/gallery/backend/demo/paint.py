"""A small box of paints: skies, glows, ridges, trees, water. Everything is drawn; nothing is copied from anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]


def rgb(value: str) -> Colour:
    return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16))


def mix(one: Colour, other: Colour, part: float) -> Colour:
    blended = [round(a + (b - a) * part) for a, b in zip(one, other, strict=True)]
    return (blended[0], blended[1], blended[2])


class Canvas:
    """A picture in the making. Lengths are in parts of the height unless said otherwise."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width, height))
        self.random = Random(seed)

    def sky(self, *stops: str, until: float = 1.0) -> None:
        """A vertical gradient through the stops, from the top down to `until`."""
        colours = [rgb(stop) for stop in stops]
        column = Image.new("RGB", (1, 256))
        for y in range(256):
            place = y / 255 * (len(colours) - 1)
            step = min(int(place), len(colours) - 2)
            eased = 0.5 - 0.5 * math.cos(math.pi * (place - step))
            column.putpixel((0, y), mix(colours[step], colours[step + 1], eased))
        box = (self.width, round(self.height * until))
        self.image.paste(column.resize(box, Image.Resampling.BICUBIC), (0, 0))

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float = 1.0) -> None:
        """Light that adds to what is there; x is in parts of the width."""
        size = round(radius * self.height * 2)
        light = Image.radial_gradient("L").resize((size, size), Image.Resampling.BICUBIC)
        light = light.point(lambda v: round(max(0.0, 1 - v / 180) ** 2 * 255 * strength))
        layer = Image.new("L", self.image.size)
        layer.paste(light, (round(x * self.width - size / 2), round(y * self.height - size / 2)))
        self.image = ImageChops.screen(self.image, Image.merge("RGB", [layer.point(_times(c)) for c in rgb(colour)]))

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        cx, cy, r = x * self.width, y * self.height, radius * self.height
        self.shape(
            lambda pen, s: pen.ellipse([(cx - r) * s, (cy - r) * s, (cx + r) * s, (cy + r) * s], fill=255), colour
        )

    def shape(
        self, draw: Callable[[ImageDraw.ImageDraw, int], object], colour: str, blur: float = 0, alpha: float = 1
    ) -> None:
        """What `draw` fills on a mask twice the size, in this colour: smooth edges without a fuss."""
        mask = Image.new("L", (self.width * 2, self.height * 2))
        draw(ImageDraw.Draw(mask), 2)
        mask = mask.resize(self.image.size, Image.Resampling.BOX)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * self.height))
        if alpha < 1:
            mask = mask.point(_times(round(alpha * 255)))
        self.image.paste(rgb(colour), mask=mask)

    def polygon(self, points: Sequence[Point], colour: str, blur: float = 0, alpha: float = 1) -> None:
        """Points in pixels."""
        scaled = lambda s: [(x * s, y * s) for x, y in points]  # noqa: E731
        self.shape(lambda pen, s: pen.polygon(scaled(s), fill=255), colour, blur, alpha)

    def outline(self, base: float, rise: float, waves: int, rough: float = 0.5) -> list[float]:
        """A line of hills, one height per pixel column: waves over waves, each half as tall."""
        phases = [(waves * 2**n * self.random.uniform(0.8, 1.2), self.random.uniform(0, 7), rough**n) for n in range(6)]
        total = sum(weight for _, _, weight in phases)
        line = []
        for x in range(self.width + 1):
            part = x / self.width
            height = sum(w * math.sin(part * f * math.tau / 2 + p) for f, p, w in phases) / total
            line.append((base - rise * height) * self.height)
        return line

    def ridge(self, base: float, rise: float, waves: int, colour: str, rough: float = 0.5) -> list[float]:
        line = self.outline(base, rise, waves, rough)
        self.polygon([*enumerate(line), (self.width, self.height), (0, self.height)], colour)
        return line

    def mist(self, y: float, thickness: float, colour: str, alpha: float) -> None:
        top, bottom = (y - thickness / 2) * self.height, (y + thickness / 2) * self.height
        band = [(-99.0, top), (self.width + 99.0, top), (self.width + 99.0, bottom), (-99.0, bottom)]
        self.polygon(band, colour, blur=thickness / 2, alpha=alpha)

    def stars(self, count: int, until: float) -> None:
        def draw(pen: ImageDraw.ImageDraw, s: int) -> None:
            for _ in range(count):
                x, y = self.random.uniform(0, self.width), self.random.uniform(0, self.height * until)
                r = self.random.choice([0.5, 0.6, 0.8, 1.4]) * self.height / 1000
                pen.ellipse([(x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s], fill=self.random.randint(90, 255))

        self.shape(draw, "#ffffff")

    def pines(self, line: Sequence[float], tall: float, gap: float, colour: str) -> None:
        """A wood along a line: each tree a spire of drooping branches."""

        def draw(pen: ImageDraw.ImageDraw, s: int) -> None:
            x = -10.0
            while x < self.width + 10:
                foot = line[max(0, min(self.width, round(x)))] + 0.01 * self.height
                height = tall * self.height * self.random.uniform(0.55, 1.1)
                _pine(pen, s, x, foot, height, self.random)
                x += gap * self.height * self.random.uniform(0.4, 1.4)

        self.shape(draw, colour)

    def water(self, y: float, tint: str, part: float) -> None:
        """Below `y` lies what is above it, upside down, rippled and tinted."""
        level = round(y * self.height)
        depth = self.height - level
        source = self.image.crop((0, max(0, level - depth), self.width, level)).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        source = source.resize((self.width, depth)).filter(ImageFilter.GaussianBlur(self.height / 500))
        mirrored = Image.new("RGB", (self.width, depth))
        for row in range(depth):
            reach = 1 + row / depth * self.width / 160
            shift = round(reach * math.sin(row * 0.9 / (0.25 + row / depth)) + self.random.uniform(-1, 1))
            mirrored.paste(source.crop((0, row, self.width, row + 1)), (shift, row))
            edge = (0, self.width + shift) if shift < 0 else (-self.width, shift)
            mirrored.paste(
                source.crop((0, row, self.width, row + 1)), (edge[1] if shift < 0 else shift - self.width, row)
            )
        self.image.paste(Image.blend(mirrored, Image.new("RGB", mirrored.size, rgb(tint)), part), (0, level))

    def glitter(self, x: float, y: float, colour: str) -> None:
        """The road of light a low sun lays on water."""

        def draw(pen: ImageDraw.ImageDraw, s: int) -> None:
            for _ in range(700):
                down = self.random.random() ** 1.6
                cy = (y + (1 - y) * down) * self.height
                cx = x * self.width + self.random.gauss(0, 0.02 + 0.09 * down) * self.height
                half = (0.004 + 0.03 * down) * self.height * self.random.uniform(0.3, 1.4)
                thick = (0.0006 + 0.003 * down) * self.height
                pen.ellipse([(cx - half) * s, (cy - thick) * s, (cx + half) * s, (cy + thick) * s], fill=200)

        self.shape(draw, colour, alpha=0.8)

    def finish(self, grain: float = 5) -> Image.Image:
        """A breath of grain and darker corners, as a lens gives."""
        noise = Image.effect_noise(self.image.size, grain).convert("RGB")
        grained = ImageChops.add(self.image, noise, offset=-128)
        corner = Image.radial_gradient("L").resize(self.image.size, Image.Resampling.BICUBIC)
        return ImageChops.multiply(grained, corner.point(lambda v: 255 - round((v / 255) ** 3 * 70)).convert("RGB"))


def _times(part: int) -> Callable[[int], int]:
    return lambda value: value * part // 255


def _pine(pen: ImageDraw.ImageDraw, s: int, x: float, foot: float, height: float, random: Random) -> None:
    width = height * random.uniform(0.16, 0.24)
    storeys = 7
    for storey in range(storeys):
        top = foot - height * (1 - storey / storeys * 0.92)
        reach = width * (storey + 1) / storeys * random.uniform(0.8, 1.1)
        low = top + height / storeys * 1.7
        pen.polygon([(x * s, top * s), ((x + reach) * s, low * s), ((x - reach) * s, low * s)], fill=255)
    pen.rectangle(
        [(x - width / 12) * s, (foot - height * 0.1) * s, (x + width / 12) * s, (foot + height * 0.06) * s], fill=255
    )
