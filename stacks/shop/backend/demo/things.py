"""The catalogue: what it is, what it costs, and how it looks."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from demo.paint import TILT, Studio, dots, hills, stripes, weave

CATEGORIES = ("Cups", "Bowls", "Vases", "Light", "Textiles", "Paper")

MUG = ((0, 0.125), (0.06, 0.135), (0.5, 0.14), (1, 0.14))
CUP = ((0, 0.07), (0.1, 0.085), (0.45, 0.13), (1, 0.145))
TUMBLER = ((0, 0.1), (0.05, 0.105), (1, 0.13))
BOWL = ((0, 0.1), (0.08, 0.11), (0.5, 0.24), (1, 0.29))
DEEP = ((0, 0.13), (0.07, 0.14), (0.45, 0.245), (0.8, 0.262), (1, 0.27))
PLATE = ((0, 0.18), (0.4, 0.24), (1, 0.34))
BOTTLE = ((0, 0.12), (0.05, 0.13), (0.3, 0.175), (0.62, 0.06), (0.85, 0.042), (1, 0.056))
MOON = ((0, 0.1), (0.04, 0.105), (0.5, 0.25), (0.9, 0.115), (1, 0.12))
BUD = ((0, 0.09), (0.06, 0.1), (0.35, 0.135), (0.75, 0.036), (1, 0.05))
JUG = ((0, 0.12), (0.05, 0.13), (0.35, 0.17), (0.75, 0.1), (1, 0.125))
STEM = ((0, 0.14), (0.05, 0.145), (0.1, 0.05), (0.4, 0.075), (0.75, 0.03), (1, 0.025))
SHADE = ((0, 0.25), (1, 0.15))
CANDLE = ((0, 0.045), (1, 0.045))
DISH = ((0, 0.13), (0.3, 0.16), (1, 0.17))


def vessel(s: Studio, profile, height, colours, *, foot=0.83, gloss=0.5, speckle=0, inside="", x=0.5):  # type: ignore[no-untyped-def]
    s.shadow(x, foot, profile[0][1] * 1.25, height)
    s.turned(x, foot, height, profile, colours, gloss, speckle, inside)


def mug(body: str, band: str, wall: str, table: str, speckle: int = 0) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        s = Studio(wall, table, 5)
        s.shadow(0.48, 0.83, 0.17, 0.3)
        s.handle(0.605, 0.66, 0.095, 0.105, 0.032, body)
        s.turned(0.47, 0.83, 0.32, MUG, [(0, band), (0.16, body)], 0.6, speckle, "#d9cdbb")
        return s.finish()

    return draw


def espresso() -> Image.Image:
    s = Studio("#c9d2c2", "#e6dccb", 6)
    s.shadow(0.5, 0.83, 0.24, 0.06)
    s.turned(0.5, 0.835, 0.02, ((0, 0.17), (1, 0.25)), [(0, "#f1ebdf")], 0.3, 0, "#e9e1d2")
    s.handle(0.635, 0.735, 0.06, 0.06, 0.022, "#f1ebdf")
    s.turned(0.5, 0.815, 0.18, CUP, [(0, "#f1ebdf"), (0.72, "#b5532f")], 0.7, 0, "#3a2016")
    return s.finish()


def tumblers() -> Image.Image:
    s = Studio("#e5cfc0", "#c69a7b", 7)
    for x, foot, body in ((0.33, 0.78, "#7c9885"), (0.66, 0.79, "#d9b44a"), (0.5, 0.86, "#2f5d62")):
        vessel(s, TUMBLER, 0.26, [(0, "#b98b64"), (0.22, body)], foot=foot, x=x, inside="#cfc3ae", speckle=160)
    return s.finish()


def bowl(body: str, foot_colour: str, inside: str, wall: str, table: str, profile=BOWL, height: float = 0.24):  # type: ignore[no-untyped-def]
    def draw() -> Image.Image:
        s = Studio(wall, table, 8)
        colours = [(0, foot_colour), (0.14, body)]
        vessel(s, profile, height, colours, foot=0.8, speckle=220, inside=inside)
        return s.finish()

    return draw


def plates() -> Image.Image:
    s = Studio("#d8dcdf", "#b9a48c", 9)
    s.shadow(0.5, 0.82, 0.3, 0.1)
    for n, body in enumerate(["#e8e2d6", "#c8d0c4", "#e8e2d6", "#93a8ac", "#e8e2d6"]):
        s.turned(0.5 + 0.004 * (n % 2), 0.82 - n * 0.032, 0.028, PLATE, [(0, body)], 0.35, 0, body)
    return s.finish()


def vase(profile, height: float, colours, wall: str, table: str, speckle: int = 0):  # type: ignore[no-untyped-def]
    def draw() -> Image.Image:
        s = Studio(wall, table, 10)
        vessel(s, profile, height, colours, speckle=speckle, inside="#2a241f", foot=0.85)
        return s.finish(0.82, 0.6)

    return draw


def twig() -> Image.Image:
    s = Studio("#e9e0d0", "#cdb796", 11)
    for x0, lean in ((0.5, -0.16), (0.505, 0.12), (0.498, 0.02)):
        line = [(x0 + lean * (t / 20) ** 1.6, 0.5 - 0.36 * t / 20) for t in range(21)]
        back = [(x + 0.004, y) for x, y in reversed(line)]
        s.fill([*line, *back], "#5b4636")
        for n, (x, y) in enumerate(line[6::2]):
            side = 1 if n % 2 else -1
            s.oval(x + side * 0.026, y - 0.012, 0.026, 0.013, "#6f8a5b", 0.001)
            s.oval(x + side * 0.03, y - 0.016, 0.016, 0.006, "#a5bd86", 0.002)
    vessel(s, BUD, 0.36, [(0, "#a5563c"), (0.5, "#c9785a")], foot=0.85, inside="#2a1712", gloss=0.3)
    return s.finish(0.92, 0.5)


def jug() -> Image.Image:
    s = Studio("#bcc9cf", "#e2d3bd", 12)
    s.shadow(0.5, 0.84, 0.2, 0.4)
    s.handle(0.61, 0.6, 0.095, 0.15, 0.034, "#efe9dd")
    s.turned(
        0.48,
        0.84,
        0.44,
        JUG,
        [(0, "#c9a27c"), (0.1, "#efe9dd"), (0.6, "#3d5a80"), (0.64, "#efe9dd")],
        0.6,
        0,
        "#cfc6b5",
    )
    return s.finish(0.8, 0.62)


def lamp(base: str, shade: str, wall: str, table: str) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        s = Studio(wall, table, 13)
        s.oval(0.5, 0.32, 0.42, 0.36, "#ffe2a8", 0.12, 0.55)
        vessel(s, STEM, 0.42, [(0, base)], foot=0.86, gloss=0.7)
        s.turned(0.5, 0.47, 0.28, SHADE, [(0, shade)], 0.0)
        s.oval(0.5, 0.34, 0.15, 0.13, "#fff1cf", 0.06, 0.6)
        s.oval(0.5, 0.47, 0.24, 0.24 * TILT, "#fff3d6", 0.01, 0.8)
        return s.finish(0.92, 0.52)

    return draw


def candles() -> Image.Image:
    s = Studio("#3f4a52", "#6d5a4c", 14)
    for x, foot, tall, wax in (
        (0.34, 0.8, 0.34, "#efe3cc"),
        (0.64, 0.8, 0.22, "#c8674a"),
        (0.49, 0.87, 0.15, "#e3c68b"),
    ):
        s.shadow(x, foot, 0.15, 0.1)
        s.turned(x, foot, 0.035, DISH, [(0, "#b08d57")], 0.8, 0, "#8d6e41")
        s.turned(x, foot - 0.02, tall, CANDLE, [(0, wax)], 0.2, 0, wax)
        top = foot - 0.02 - tall
        s.oval(x, top - 0.035, 0.15, 0.15, "#ffcf7a", 0.06, 0.5)
        s.fill([(x - 0.012, top - 0.02), (x, top - 0.075), (x + 0.012, top - 0.02), (x, top - 0.006)], "#ffe9b8", 0.002)
    return s.finish(0.86, 0.6)


def lantern() -> Image.Image:
    s = Studio("#d9d3c7", "#a98f73", 15)
    s.shadow(0.5, 0.85, 0.2, 0.4)
    s.oval(0.5, 0.6, 0.3, 0.3, "#ffdf9e", 0.1, 0.5)
    s.turned(0.5, 0.85, 0.46, ((0, 0.17), (0.5, 0.21), (1, 0.17)), [(0, "#fbeecb")], 0.1)
    for n in range(12):
        y = 0.84 - n * 0.041
        half = 0.17 + 0.04 * math.sin(math.pi * (n + 0.5) / 12)
        s.arc((0.5 - half, y - 0.03, 0.5 + half, y + 0.03), 5, 175, "#8d6e41", 0.0026, 0.67)
    s.turned(0.5, 0.4, 0.025, ((0, 0.15), (1, 0.14)), [(0, "#4a3a2c")], 0.3, 0, "#2b211a")
    return s.finish(0.8, 0.62)


def stack(colours: list[tuple[str, str]], wall: str, table: str) -> Callable[[], Image.Image]:
    """Folded cloth, one on the other."""

    def draw() -> Image.Image:
        s = Studio(wall, table, 16)
        s.oval(0.53, 0.85, 0.36, 0.04, "#000000", 0.03, 0.4)
        each = 0.34 / len(colours)
        for n, (body, line) in enumerate(colours):
            bottom = 0.85 - n * each
            box = (0.2 + 0.008 * (n % 3), bottom - each * 1.04, 0.8 - 0.006 * (n % 2), bottom)
            s.block(box, body, stripes(line, count=5, upright=True), each * 0.42, fold=1.3)
        return s.finish()

    return draw


def cushion(body: str, pattern: Callable[[Image.Image], None], wall: str, table: str) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        s = Studio(wall, table, 17)
        s.oval(0.54, 0.86, 0.32, 0.04, "#000000", 0.035, 0.45)
        s.block((0.22, 0.3, 0.78, 0.86), body, pattern, 0.1, fold=1.1)
        for x, y in ((0.235, 0.315), (0.765, 0.315), (0.235, 0.845), (0.765, 0.845)):
            s.oval(x, y, 0.022, 0.022, body, 0.004)
        s.oval(0.4, 0.47, 0.18, 0.16, "#ffffff", 0.09, 0.16)
        return s.finish(0.8, 0.6)

    return draw


def books(
    covers: list[tuple[str, Callable[[Image.Image], None] | None]], wall: str, table: str
) -> Callable[[], Image.Image]:
    def draw() -> Image.Image:
        s = Studio(wall, table, 18)
        for n, (body, pattern) in enumerate(covers):
            left, top = 0.22 + n * 0.13, 0.28 + n * 0.06
            width, height = 0.36, 0.48
            s.oval(left + width * 0.6, top + height + 0.005, width * 0.6, 0.02, "#000000", 0.02, 0.5)
            s.block((left + 0.012, top + 0.01, left + width + 0.014, top + height + 0.004), "#efe8da", None, 0.006)
            s.block((left, top, left + width, top + height), body, pattern, 0.01, fold=0.4)
            s.fill([(left + 0.028, top), (left + 0.034, top), (left + 0.034, top + height), (left + 0.028, top + height)],
                   "#000000", 0.003, 0.22)  # fmt: skip
        return s.finish(0.8, 0.55)

    return draw


def rolls() -> Image.Image:
    s = Studio("#e7d9c9", "#b7907a", 19)
    for x, foot, tall, body, line in (
        (0.36, 0.8, 0.52, "#31572c", "#ecf39e"),
        (0.62, 0.81, 0.46, "#bc4749", "#f2e8cf"),
        (0.5, 0.88, 0.5, "#f2e8cf", "#386641"),
    ):
        bands = [(n / 14, line if n % 2 else body) for n in range(14)]
        vessel(s, ((0, 0.075), (1, 0.075)), tall, bands, foot=foot, x=x, gloss=0.15, inside="#d8cbb5")
    return s.finish(0.84, 0.6)


def cards() -> Image.Image:
    s = Studio("#cfd8dc", "#d7c4a8", 20)
    scenes = (("#f4c095", ("#ee9480", "#8f5d5d", "#4b3f4f")), ("#bcd4de", ("#84a59d", "#52796f", "#2f3e46")))
    for n, (sky, ground) in enumerate(scenes):
        left, top = 0.17 + n * 0.3, 0.42 + n * 0.1
        s.oval(left + 0.19, top + 0.29, 0.2, 0.018, "#000000", 0.018, 0.5)
        s.block((left, top, left + 0.38, top + 0.28), sky, hills(*ground), 0.004, fold=0.25)
    return s.finish()


@dataclass(frozen=True)
class Thing:
    category: str
    name: str
    price: str
    stock: int
    words: str
    draw: Callable[[], Image.Image]


THINGS: tuple[Thing, ...] = (
    Thing("Cups", "Harbour mug", "18.50", 24, "A stoneware mug for the first tea of the day. Holds a third of a litre and keeps it warm.", mug("#3d6b7d", "#c9a27c", "#e3d9cb", "#c4a684", 260)),
    Thing("Cups", "Meadow mug", "18.50", 17, "The same mug in the green of late April. Glazed inside and out, the foot left bare.", mug("#7d9471", "#d8c3a5", "#d5dde0", "#b59a7c", 260)),
    Thing("Cups", "Espresso cup with saucer", "14.00", 30, "Small, thick-walled and steady. The red rim is painted by hand.", espresso),
    Thing("Cups", "Three tumblers", "36.00", 8, "Without handles, in three glazes that like each other. For water, wine or pencils.", tumblers),
    Thing("Bowls", "Soup bowl", "24.00", 20, "Wide enough for a good bread crust, deep enough for a second helping.", bowl("#e9e2d3", "#b98b64", "#f2ecdf", "#a9bcc0", "#8c6f56")),
    Thing("Bowls", "Night bowl", "27.00", 12, "A soup bowl in a blue that is nearly black. Inside it is the colour of cream.", bowl("#2c3e50", "#7f6148", "#e8dfce", "#e4dacb", "#cbb593")),
    Thing("Bowls", "Mixing bowl", "39.00", 6, "For dough that rises overnight. Heavy, so that it stays where it is.", bowl("#c9785a", "#a65d42", "#ead9c2", "#dfe3dc", "#c2ae95", DEEP, 0.3)),
    Thing("Bowls", "Five plates", "85.00", 5, "Dinner plates for a table where no two things have to be the same.", plates),
    Thing("Vases", "Bottle vase", "48.00", 7, "For one long branch. The glaze breaks brown where it runs thin.", vase(BOTTLE, 0.56, [(0, "#b98b64"), (0.08, "#5c7f71")], "#e8dccb", "#b99877", 200)),
    Thing("Vases", "Moon jar", "120.00", 2, "Thrown in two halves and joined at the waist: no two are quite round in the same way.", vase(MOON, 0.5, [(0, "#efeae0")], "#93a3a8", "#cdbfa9")),
    Thing("Vases", "Bud vase", "22.00", 25, "Small and narrow, for what you found on the way home.", twig),
    Thing("Vases", "Milk jug", "34.00", 10, "Pours without dripping. Looks well with tulips, too.", jug),
    Thing("Light", "Table lamp Ada", "149.00", 4, "A turned foot of stoneware and a shade of linen. Gives a light to read by.", lamp("#3d5a80", "#f0e2c4", "#8e9aa0", "#7a6351")),
    Thing("Light", "Table lamp Grace", "149.00", 0, "The same lamp on a foot the colour of bricks.", lamp("#b5532f", "#efe0c6", "#6f7d76", "#8b7059")),
    Thing("Light", "Three candles", "19.00", 40, "Beeswax, dyed with earth. They burn for about nine, six and four hours.", candles),
    Thing("Light", "Paper lantern", "29.00", 14, "Bamboo and mulberry paper. Folds flat, hangs anywhere, forgives a small lamp.", lantern),
    Thing("Textiles", "Wool blanket", "110.00", 6, "Woven from the wool of one flock, undyed, with a border the colour of rust.", stack([("#d9cbb3", "#b5532f"), ("#cfc0a6", "#b5532f"), ("#d9cbb3", "#b5532f"), ("#cfc0a6", "#b5532f")], "#c3ccc7", "#9d8166")),
    Thing("Textiles", "Tea towels, set of six", "32.00", 22, "Linen that gets softer every year. A loop in the corner, to hang it up.", stack([("#e9e3d6", "#3d5a80"), ("#dfe6e2", "#5c7f71"), ("#e9e3d6", "#b5532f"), ("#efe6d2", "#d9a441"), ("#e9e3d6", "#3d5a80"), ("#dfe6e2", "#5c7f71")], "#e6d5c6", "#b08968")),
    Thing("Textiles", "Cushion with dots", "42.00", 11, "Printed by hand on heavy cotton. The cover comes off and goes into the wash.", cushion("#d9a441", dots("#f7ecd4"), "#b9c4c4", "#a08468")),
    Thing("Textiles", "Woven cushion", "46.00", 9, "Wool on linen, the way a basket is woven. Stands up to dogs.", cushion("#8aa39b", weave("#6d887f"), "#e8ddcf", "#b59a80")),
    Thing("Paper", "Three notebooks", "21.00", 35, "Thread-bound, so that they lie flat. Dotted, lined and plain.", books([("#b5532f", None), ("#3d5a80", None), ("#d9a441", None)], "#dbe0dd", "#bda384")),
    Thing("Paper", "Sketchbook", "26.00", 13, "Heavy paper that takes ink and a little water. The cover is a print of low hills.", books([("#f0dfc0", hills("#cbb88f", "#8fa17a", "#55705a", "#2f4a40"))], "#cdd5d8", "#a68a6d")),
    Thing("Paper", "Postcards, set of eight", "12.00", 60, "Hills at several times of the day. Blank on the back, for whatever you have to say.", cards),
    Thing("Paper", "Wrapping paper, three rolls", "16.50", 28, "Striped, strong enough to use twice, and printed with colours that may go on the compost.", rolls),
)  # fmt: skip

__all__ = ["CATEGORIES", "THINGS", "Thing"]
