"""Synthetic scenes with questions: flat shapes on a plain ground, or a short text.

All chance comes from the `random.Random` handed in, so a seed names a scene.
Training draws from streams with seeds below HELD_OUT_SEED; everything that is
measured or published is drawn with seeds from HELD_OUT_SEED on.
"""

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

from tokenizer import Tokenizer, pretokenize, train_tokenizer

HELD_OUT_SEED = 1_000_000_000

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
NUMBERS = ("no", "one", "two", "three", "four")
WORDS = (
    "cat dog sun hat box cup fox bee key map tea egg ice jam owl "
    "pig red toy van zip book fish moon star tree bird cake door milk ship"
).split()
BACKGROUNDS = ((255, 255, 255), (245, 240, 225), (225, 235, 245), (235, 235, 235))
FONT = "DejaVuSans-Bold.ttf"

TASKS = (
    "shape of a colour",
    "colour of a shape",
    "place of a shape",
    "how many",
    "describe",
    "read the text",
    "colour of the text",
)


@dataclass(frozen=True)
class Shape:
    """A shape of half-width `radius` around (x, y), in pixels."""

    kind: str
    color: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Question:
    task: str
    question: str
    answer: str


@dataclass(frozen=True)
class Scene:
    """A picture, what may be asked about it, and what is in it: shapes or a text."""

    image: Image.Image
    questions: list[Question]
    shapes: tuple[Shape, ...] = ()
    text: str = ""


@lru_cache(maxsize=None)
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def draw_shape(draw: ImageDraw.ImageDraw, shape: Shape, fill: tuple[int, int, int]) -> None:
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


def plural(kind: str) -> str:
    return kind + ("es" if kind == "cross" else "s")


def count_answer(count: int, singular: str, many: str) -> str:
    verb, noun = ("is", singular) if count == 1 else ("are", many)
    return f"There {verb} {NUMBERS[count]} {noun}."


def place(shape: Shape, width: int, height: int) -> str:
    rows = "top" if shape.y < height * 0.4 else "bottom" if shape.y > height * 0.6 else "middle"
    columns = "left" if shape.x < width * 0.4 else "right" if shape.x > width * 0.6 else "center"
    return f"{rows} {columns}"


def make_scene(rng: Random, width: int, height: int) -> Scene:
    """Draws a scene of width x height pixels with up to five questions."""
    image = Image.new("RGB", (width, height), rng.choice(BACKGROUNDS))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.25:
        return _text_scene(rng, image, draw)
    return _shape_scene(rng, image, draw)


def _text_scene(rng: Random, image: Image.Image, draw: ImageDraw.ImageDraw) -> Scene:
    text = rng.choice(WORDS).upper() if rng.random() < 0.6 else str(rng.randint(0, 99))
    face = font(rng.randint(22, 30))
    _, _, text_width, text_height = draw.textbbox((0, 0), text, font=face)
    x = rng.randint(2, max(2, image.width - text_width - 2))
    y = rng.randint(2, max(2, image.height - text_height - 2))
    color = rng.choice(list(COLORS))
    draw.text((x, y), text, fill=COLORS[color], font=face)
    ask = rng.choice(("What does the text say?", "Read the text.", "What is written?"))
    questions = [
        Question("read the text", ask, f'The text says "{text}".'),
        Question("colour of the text", "What color is the text?", f"The text is {color}."),
    ]
    rng.shuffle(questions)
    return Scene(image, questions, text=text)


def _shape_scene(rng: Random, image: Image.Image, draw: ImageDraw.ImageDraw) -> Scene:
    shapes = _place_shapes(rng, image.width, image.height)
    for shape in shapes:
        fill = tuple(max(0, min(255, v + rng.randint(-15, 15))) for v in COLORS[shape.color])
        draw_shape(draw, shape, fill)
    questions = _shape_questions(rng, shapes, image.width, image.height)
    return Scene(image, questions, shapes=tuple(shapes))


def _place_shapes(rng: Random, width: int, height: int) -> list[Shape]:
    count = rng.choice((1, 1, 2, 2, 3, 3, 4))
    shapes: list[Shape] = []
    for _ in range(60):
        if len(shapes) == count:
            break
        radius = rng.randint(12, 22)
        x = rng.randint(radius + 1, width - radius - 2)
        y = rng.randint(radius + 1, height - radius - 2)
        if all(max(abs(x - o.x), abs(y - o.y)) > radius + o.radius + 2 for o in shapes):
            shapes.append(Shape(rng.choice(SHAPES), rng.choice(list(COLORS)), x, y, radius))
    return shapes


def _shape_questions(rng: Random, shapes: list[Shape], width: int, height: int) -> list[Question]:
    kinds = Counter(shape.kind for shape in shapes)
    colors = Counter(shape.color for shape in shapes)
    questions = []
    for shape in shapes:
        kind = shape.kind
        if kinds[kind] == 1:
            questions += [
                Question(
                    "colour of a shape",
                    f"What color is the {kind}?",
                    f"The {kind} is {shape.color}.",
                ),
                Question(
                    "place of a shape",
                    f"Where is the {kind}?",
                    f"The {kind} is at the {place(shape, width, height)}.",
                ),
            ]
    questions += [
        Question(
            "shape of a colour",
            f"What shape is {shape.color}?",
            f"The {shape.color} shape is a {shape.kind}.",
        )
        for shape in shapes
        if colors[shape.color] == 1
    ]
    questions.append(
        Question(
            "how many",
            "How many shapes are there?",
            count_answer(len(shapes), "shape", "shapes"),
        )
    )
    questions += [
        Question(
            "how many",
            f"How many {plural(kind)} are there?",
            count_answer(kinds[kind], kind, plural(kind)),
        )
        for kind in rng.sample(SHAPES, 2)
    ]
    rng.shuffle(questions)
    questions = questions[:4]
    left_to_right = sorted(shapes, key=lambda shape: shape.x)
    described = ", ".join(f"a {shape.color} {shape.kind}" for shape in left_to_right)
    questions.insert(
        rng.randint(0, len(questions)),
        Question("describe", "Describe the image.", f"{described}."),
    )
    return questions


def held_out_scene(index: int) -> Scene:
    """Scene number `index` of the held-out set, with sides of 96 or 128 pixels."""
    rng = Random(HELD_OUT_SEED + index)
    return make_scene(rng, rng.choice((96, 128)), rng.choice((96, 128)))


# Words that later trainings may want whole: roles, a greeting, two-picture and grounding talk.
_EXTRA_TEXT = (
    "user\nassistant\nsystem\nYou are a helpful assistant. Hello! I am Glance's demo model. "
    "I know colored shapes, short words and numbers. Ask me about a picture. "
    "Which picture shows a red circle, the first or the second? The first picture. The second. "
    "Locate the blue star. bbox_2d label [{ }] : ,"
)


def build_tokenizer(vocab_size: int) -> Tokenizer:
    """Trains the tokenizer on the question and answer templates. Same result every time."""
    rng = Random(1)
    frequencies: Counter = Counter()
    for _ in range(3000):
        for entry in make_scene(rng, 96, 96).questions:
            frequencies.update(pretokenize(entry.question) + pretokenize(entry.answer))
    for word in WORDS:
        frequencies.update([word.upper(), f'"{word.upper()}', word, f" {word}"] * 3)
    frequencies.update(pretokenize(_EXTRA_TEXT) * 5)
    return train_tokenizer(frequencies, max_merges=1200, padded_size=vocab_size)
