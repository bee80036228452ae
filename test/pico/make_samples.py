"""Draws the site's sample pictures and checks what pico says about them.

    python3 make_samples.py

The pictures are scenes of 128 x 128 drawn eight times as large with smooth edges. Before
anything is written, the shipped model must give the true answer to each question on the
picture as a visitor's browser shows it to the model: resized with bicubic to 128 x 128.
"""

import json
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image, ImageDraw

from conversation import answer, build_prompt, question_about_picture
from export import ROOT, load_pair
from model import Qwen3VL
from drawing import BACKGROUNDS, COLORS, FONTS, Shape, draw_shape, font
from tokenizer import Tokenizer

FOLDER = ROOT / "public" / "samples"
SIDE = 128
SCALE = 8
# Drawn this much larger still and averaged down, which smooths the edges.
SUPERSAMPLING = 4
LARGEST_BYTES = 60_000
# The lead that every token of an answer must have over the next best, in logits.
LEAST_MARGIN = 2.0

WHITE, CREAM, SKY, STONE = BACKGROUNDS


@dataclass(frozen=True)
class Sample:
    """A picture in scene coordinates (0 to 128), with its question and the true answer."""

    file: str
    alt: str
    background: tuple[int, int, int]
    question: str
    answer: str
    shapes: tuple[Shape, ...] = ()
    text: tuple[str, str, int] | None = None  # word, colour, font size


SAMPLES = (
    Sample(
        "shapes.png",
        "A yellow circle, a red triangle and a blue star on a pale blue ground",
        SKY,
        "What shape is red?",
        "The red shape is a triangle.",
        shapes=(
            Shape("circle", "yellow", 34, 36, 20),
            Shape("triangle", "red", 62, 88, 22),
            Shape("star", "blue", 98, 44, 20),
        ),
    ),
    Sample(
        "stars.png",
        "A pink and a purple star, a green and an orange cross on a cream ground",
        CREAM,
        "How many shapes are there?",
        "There are four shapes.",
        shapes=(
            Shape("star", "pink", 32, 38, 19),
            Shape("cross", "green", 86, 30, 19),
            Shape("cross", "orange", 42, 92, 20),
            Shape("star", "purple", 98, 88, 20),
        ),
    ),
    Sample(
        "circles.png",
        "A purple and a pink circle, a green and a red triangle on a white ground",
        WHITE,
        "Describe the image.",
        "a purple circle, a pink circle, a green triangle, a red triangle.",
        shapes=(
            Shape("circle", "purple", 32, 38, 19),
            Shape("triangle", "green", 86, 30, 19),
            Shape("circle", "pink", 42, 92, 20),
            Shape("triangle", "red", 98, 88, 20),
        ),
    ),
    Sample(
        "word.png",
        "The word MOON in blue capitals on a light grey ground",
        STONE,
        "What color is the text?",
        "The text is blue.",
        text=("MOON", "blue", 30),
    ),
)


def draw(sample: Sample) -> Image.Image:
    """The sample at SIDE x SCALE pixels."""
    zoom = SCALE * SUPERSAMPLING
    large = Image.new("RGB", (SIDE * zoom, SIDE * zoom), sample.background)
    canvas = ImageDraw.Draw(large)
    for shape in sample.shapes:
        # A shape of radius r spans 2 r + 1 pixels around the middle of pixel (x, y).
        center_x, center_y = (shape.x + 0.5) * zoom, (shape.y + 0.5) * zoom
        enlarged = Shape(shape.kind, shape.color, center_x, center_y, (shape.radius + 0.5) * zoom)
        draw_shape(canvas, enlarged, COLORS[shape.color])
    if sample.text:
        word, color, size = sample.text
        middle = SIDE * zoom / 2
        face = font(FONTS[0], size * zoom)
        canvas.text((middle, middle), word, fill=COLORS[color], font=face, anchor="mm")
    return large.reduce(SUPERSAMPLING)


def main() -> None:
    model, tokenizer = load_pair()
    FOLDER.mkdir(parents=True, exist_ok=True)
    entries = []
    for sample in SAMPLES:
        image = draw(sample)
        path = FOLDER / sample.file
        image.save(path, optimize=True)
        assert path.stat().st_size <= LARGEST_BYTES, f"{sample.file} is too large"
        seen = Image.open(path).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        messages = question_about_picture(sample.question)
        said = answer(model, tokenizer, messages, [seen])
        if said != sample.answer:
            raise SystemExit(f"{sample.file}: the model says {said!r}")
        margin = _least_margin(model, tokenizer, messages, seen, said)
        if margin < LEAST_MARGIN:
            raise SystemExit(f"{sample.file}: right, but only by {margin:.2f}")
        print(f"{sample.file}: {path.stat().st_size:,} bytes; {said} (lead {margin:.1f})")
        entries.append(
            {"file": sample.file, "alt": sample.alt, "question": sample.question, "answer": said}
        )
    (FOLDER / "samples.json").write_text(json.dumps(entries, indent=2) + "\n")


def _least_margin(
    model: Qwen3VL,
    tokenizer: Tokenizer,
    messages: list[dict[str, Any]],
    image: Image.Image,
    said: str,
) -> float:
    """The smallest lead of an answer's token over the runner-up, in logits."""
    prompt = build_prompt(model, tokenizer, messages, [image])
    ids = tokenizer.encode(said) + [tokenizer.end_of_turn]
    with torch.no_grad():
        scores = model(prompt.ids + ids[:-1], prompt.pictures)[-len(ids) :]
    best = scores.topk(2).values
    return float((best[:, 0] - best[:, 1]).min())


if __name__ == "__main__":
    main()
