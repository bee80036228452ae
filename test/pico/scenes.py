"""Synthetic pictures with everything that may be asked about them.

All chance comes from the `random.Random` handed in, so a seed names a scene.
Training draws from streams with seeds below HELD_OUT_SEED; everything that is
measured or published is drawn with seeds from HELD_OUT_SEED on.
"""

from dataclasses import dataclass
from random import Random

from PIL import Image

from drawing import BACKGROUNDS, COLORS, FONTS, SHAPES, Line, Shape, degrade, draw_scene, font
from questions import WORDS, Question, questions_about

HELD_OUT_SEED = 1_000_000_000
TEXT_SHARE = 0.4
# Widths and heights in pixels; (96, 160) is as much as the default budget lets through.
SIZES = ((96, 96), (128, 96), (96, 128), (128, 128), (160, 96), (96, 160))


@dataclass(frozen=True)
class Look:
    """How scenes are drawn: the shares of what may happen to a picture."""

    smooth: float = 0.5
    degraded: float = 0.0
    second_font: float = 0.0


PLAIN = Look()
DEGRADED = Look(degraded=1.0)
SECOND_FONT = Look(second_font=1.0)
TRAINING = Look(degraded=0.4, second_font=0.4)


@dataclass(frozen=True)
class Scene:
    """A picture, what may be asked about it, and what is in it: shapes or one text."""

    image: Image.Image
    questions: list[Question]
    shapes: tuple[Shape, ...] = ()
    line: Line | None = None


def make_scene(
    rng: Random, width: int, height: int, look: Look = PLAIN, text: bool | None = None
) -> Scene:
    """Draws a scene of width x height pixels, with a text or with shapes."""
    background = rng.choice(BACKGROUNDS)
    with_text = rng.random() < TEXT_SHARE if text is None else text
    line = _line(rng, width, height, look) if with_text else None
    shapes = [] if with_text else _shapes(rng, width, height)
    filled = [
        (shape, tuple(max(0, min(255, v + rng.randint(-15, 15))) for v in COLORS[shape.color]))
        for shape in shapes
    ]
    zoom = 3 if rng.random() < look.smooth else 1
    image = draw_scene((width, height), background, filled, line, zoom)
    if zoom > 1:
        image = image.reduce(zoom)
    if rng.random() < look.degraded:
        image = degrade(rng, image)
    questions = questions_about(rng, shapes, line, width, height)
    return Scene(image, questions, tuple(shapes), line)


def _line(rng: Random, width: int, height: int, look: Look) -> Line:
    text = rng.choice(WORDS).upper() if rng.random() < 0.6 else str(rng.randint(0, 99))
    name = FONTS[rng.random() < look.second_font]
    size = rng.randint(20, 30)
    while font(name, size).getbbox(text)[2] > width - 4:
        size -= 1
    _, _, across, down = font(name, size).getbbox(text)
    x, y = rng.randint(2, width - across - 2), rng.randint(0, height - down - 2)
    return Line(text, rng.choice(list(COLORS)), x, y, size, name)


def _shapes(rng: Random, width: int, height: int) -> list[Shape]:
    count = rng.choice((1, 1, 2, 2, 3, 3, 4))
    # Often several of one kind, so that counting more than two is learned.
    kinds = rng.sample(SHAPES, 2) if rng.random() < 0.3 else SHAPES
    shapes: list[Shape] = []
    for _ in range(60):
        if len(shapes) == count:
            break
        radius = rng.randint(12, 22)
        x = rng.randint(radius + 1, width - radius - 2)
        y = rng.randint(radius + 1, height - radius - 2)
        if all(max(abs(x - o.x), abs(y - o.y)) > radius + o.radius + 2 for o in shapes):
            shapes.append(Shape(rng.choice(kinds), rng.choice(list(COLORS)), x, y, radius))
    return shapes
