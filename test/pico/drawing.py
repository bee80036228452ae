"""Flat shapes and short printed texts on a plain ground, and what cameras and files do to them."""

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

COLORS = {
    "red": (220, 40, 40),
    "green": (40, 170, 60),
    "blue": (40, 80, 220),
    "yellow": (240, 210, 40),
    "purple": (150, 50, 190),
    "orange": (245, 140, 30),
    "black": (20, 20, 20),
    "pink": (250, 140, 190),
}
SHAPES = ("circle", "square", "triangle", "star", "cross")
BACKGROUNDS = ((255, 255, 255), (245, 240, 225), (225, 235, 245), (235, 235, 235))
# The first and the second font.
FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSerif-Bold.ttf")

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


@dataclass(frozen=True)
class Shape:
    """A shape of half-width `radius` around (x, y), in pixels."""

    kind: str
    color: str
    x: float
    y: float
    radius: float

    @property
    def name(self) -> str:
        return f"{self.color} {self.kind}"

    @property
    def box(self) -> Box:
        """What the shape covers; a star does not reach the corners of its square."""
        x, y, r = self.x + 0.5, self.y + 0.5, self.radius + 0.5
        if self.kind == "star":
            across, down = r * math.sin(2 * math.pi / 5), r * math.cos(math.pi / 5)
            return x - across, y - r, x + across, y + down
        return x - r, y - r, x + r, y + r


@dataclass(frozen=True)
class Line:
    """A text whose first letter starts at x and whose em square hangs from y, in pixels."""

    text: str
    color: str
    x: int
    y: int
    size: int
    font: str = FONTS[0]

    @property
    def box(self) -> Box:
        return font(self.font, self.size).getbbox(self.text, anchor="la") + np.array(
            [self.x, self.y] * 2
        )

    @property
    def characters(self) -> list[tuple[str, float, float]]:
        """Every character with the middle of its place."""
        face = font(self.font, self.size)
        ends = [face.getlength(self.text[: count + 1]) for count in range(len(self.text))]
        _, top, _, bottom = self.box
        return [
            (character, self.x + (start + end) / 2, (top + bottom) / 2)
            for character, start, end in zip(self.text, [0.0, *ends], ends)
        ]


@lru_cache(maxsize=None)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, size)


def draw_shape(draw: ImageDraw.ImageDraw, shape: Shape, fill: tuple[int, ...]) -> None:
    x, y, r = shape.x, shape.y, shape.radius
    if shape.kind == "circle":
        draw.ellipse([x - r, y - r, x + r, y + r], fill=fill)
    elif shape.kind == "square":
        draw.rectangle([x - r, y - r, x + r, y + r], fill=fill)
    elif shape.kind == "triangle":
        draw.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=fill)
    elif shape.kind == "star":
        corners = []
        for corner in range(10):
            angle = -math.pi / 2 + corner * math.pi / 5
            reach = r if corner % 2 == 0 else r * 0.42
            corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
        draw.polygon(corners, fill=fill)
    else:
        arm = r * 0.33
        draw.rectangle([x - arm, y - r, x + arm, y + r], fill=fill)
        draw.rectangle([x - r, y - arm, x + r, y + arm], fill=fill)


def draw_scene(
    size: tuple[int, int],
    background: tuple[int, ...],
    shapes: list[tuple[Shape, tuple[int, ...]]],
    line: Line | None = None,
    zoom: int = 1,
) -> Image.Image:
    """A picture `zoom` times as large as `size`; every shape comes with its fill."""
    image = Image.new("RGB", (size[0] * zoom, size[1] * zoom), background)
    draw = ImageDraw.Draw(image)
    for shape, fill in shapes:
        if zoom == 1:
            draw_shape(draw, shape, fill)
            continue
        # A shape of radius r spans 2 r + 1 pixels around the middle of pixel (x, y).
        x, y, r = ((value + 0.5) * zoom for value in (shape.x, shape.y, shape.radius))
        draw_shape(draw, Shape(shape.kind, shape.color, x, y, r), fill)
    if line:
        face = font(line.font, line.size * zoom)
        place = (line.x * zoom, line.y * zoom)
        draw.text(place, line.text, fill=COLORS[line.color], font=face)
    return image


def degrade(rng: Random, image: Image.Image) -> Image.Image:
    """Noise as of a sensor in poor light, and the losses of a JPEG file, one or both."""
    noisy, lossy = rng.choice(((True, False), (False, True), (True, True)))
    if noisy:
        chance = np.random.RandomState(rng.getrandbits(32))
        pixels = np.asarray(image, np.float32)
        pixels = pixels + chance.normal(0, rng.uniform(3, 18), pixels.shape)
        image = Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))
    if lossy:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=rng.randint(30, 85))
        image = Image.open(file).convert("RGB")
    return image
