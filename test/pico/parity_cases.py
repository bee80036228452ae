"""The pictures and conversations of the parity fixtures."""

from random import Random
from typing import Any

import numpy as np
from PIL import Image

from scenes import HELD_OUT_SEED, make_scene

# Names end in width x height; all sides are multiples of 32, so nothing is resized.
PICTURES = (
    "shapes-96x96.png",
    "shapes-128x96.png",
    "shapes-96x128.png",
    "shapes-128x128.png",
    "shapes-256x96.png",
    "shapes-96x256.png",
    "shapes-192x128.png",
    "shapes-160x64.png",
    "shapes-64x320.png",
    "shapes-256x256.png",
    "text-128x96.png",
    "waves-96x96.png",
    "waves-224x160.png",
)


def make_picture(name: str) -> Image.Image:
    kind, _, size = name.removesuffix(".png").partition("-")
    width, height = map(int, size.split("x"))
    if kind == "waves":
        return _waves(width, height)
    # Far from the seeds of the evaluation, still in the held-out range.
    seed = HELD_OUT_SEED + 500_000
    while True:
        scene = make_scene(Random(seed), width, height)
        if bool(scene.line) == (kind == "text") and len(scene.shapes) != 1:
            return scene.image
        seed += 1


def _waves(width: int, height: int) -> Image.Image:
    """Sine waves of all colours with noise: pixel values that flat scenes never have."""
    rng = np.random.RandomState(width * 1000 + height)
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (5 + 3 * c) + y / (9 - 2 * c) + c) for c in range(3)]
    pixels = 127.5 + 100 * np.stack(waves, -1) + rng.normal(0, 12, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _image(name: str) -> dict[str, str]:
    return {"type": "image", "picture": f"{name}.png"}


def _user(*parts: dict[str, str]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def _say(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


_LONG = " ".join(
    f"Item {index}: the {color} {shape} is at the {place}."
    for index, (color, shape, place) in enumerate(
        (color, shape, place)
        for color in ("red", "green", "blue", "yellow")
        for shape in ("circle", "square", "star")
        for place in ("top left", "middle center", "bottom right")
    )
)

CASES: list[dict[str, Any]] = [
    {"name": name, "messages": messages}
    for name, messages in [
        ("text: greeting", [_say("user", "Hello!")]),
        (
            "text: system message",
            [_say("system", "You are a helpful assistant."), _say("user", "What do you know?")],
        ),
        (
            "text: three turns",
            [
                _say("user", "How many shapes are there?"),
                _say("assistant", "There are two shapes."),
                _say("user", "What shape is red?"),
                _say("assistant", "The red shape is a star."),
                _say("user", "And the other one?"),
            ],
        ),
        ("text: long", [_say("user", f"{_LONG} Where is the blue star?")]),
        (
            "text: many scripts",
            [_say("user", "naïve café, 北京的天气, привет мир, שלום, 👩‍👩‍👧 and ½ of 3٣")],
        ),
        (
            "text: code and blanks",
            [_say("user", "def f(x):\n\treturn  x**2   # 1234567890\r\n\n\n  if it's OK, I'LL go ")],
        ),
        ("text: no content", [_say("user", "")]),
        (
            "one picture: shapes",
            [_user(_image("shapes-96x96"), _text("Describe the image."))],
        ),
        (
            "one picture: wide",
            [_user(_image("shapes-128x96"), _text("How many shapes are there?"))],
        ),
        (
            "one picture: tall",
            [_user(_image("shapes-96x128"), _text("What shape is red?"))],
        ),
        (
            "one picture: square",
            [_user(_image("shapes-128x128"), _text("Describe the image."))],
        ),
        (
            "one picture: very wide",
            [_user(_image("shapes-256x96"), _text("How many circles are there?"))],
        ),
        (
            "one picture: very tall",
            [_user(_image("shapes-96x256"), _text("Describe the image."))],
        ),
        (
            "one picture: three to two",
            [_user(_image("shapes-192x128"), _text("Describe the image."))],
        ),
        (
            "one picture: flat strip",
            [_user(_image("shapes-160x64"), _text("What color is the square?"))],
        ),
        (
            "one picture: long column",
            [_user(_image("shapes-64x320"), _text("How many shapes are there?"))],
        ),
        (
            "one picture: as large as the table",
            [_user(_image("shapes-256x256"), _text("Describe the image."))],
        ),
        (
            "one picture: text",
            [_user(_image("text-128x96"), _text("What color is the text?"))],
        ),
        (
            "one picture: waves",
            [_user(_image("waves-224x160"), _text("Describe the image."))],
        ),
        (
            "one picture: question first",
            [_user(_text("How many shapes are there?"), _image("shapes-128x128"))],
        ),
        (
            "one picture: between words",
            [_user(_text("Here it is: "), _image("waves-96x96"), _text(" What shape is blue?"))],
        ),
        (
            "one picture: after a system message",
            [
                _say("system", "You are a helpful assistant."),
                _user(_image("shapes-96x96"), _text("What shape is red?")),
            ],
        ),
        (
            "one picture: no words",
            [_user(_image("text-128x96"))],
        ),
        (
            "one picture: second question",
            [
                _user(_image("shapes-192x128"), _text("How many shapes are there?")),
                _say("assistant", "There are two shapes."),
                _say("user", "Describe the image."),
            ],
        ),
        (
            "one picture: in the second turn",
            [
                _say("user", "Hello! I have a picture."),
                _say("assistant", "Ask me about a picture."),
                _user(_image("shapes-96x256"), _text("How many shapes are there?")),
            ],
        ),
        (
            "one picture: before a long text",
            [_user(_image("shapes-128x96"), _text(f"{_LONG} Describe the image."))],
        ),
        (
            "two pictures: sizes that differ",
            [
                _user(
                    _image("shapes-256x96"),
                    _image("shapes-96x128"),
                    _text("How many shapes are there?"),
                )
            ],
        ),
        (
            "two pictures: words between",
            [
                _user(
                    _text("The first picture: "),
                    _image("shapes-128x128"),
                    _text(" The second: "),
                    _image("shapes-64x320"),
                    _text(" Which picture shows a red circle?"),
                )
            ],
        ),
        (
            "two pictures: one in each turn",
            [
                _user(_image("shapes-96x96"), _text("Describe the image.")),
                _say("assistant", "a red circle."),
                _user(_image("shapes-192x128"), _text("Describe the image.")),
            ],
        ),
        (
            "two pictures: the same twice",
            [
                _user(
                    _image("shapes-128x96"),
                    _image("shapes-128x96"),
                    _text("How many stars are there?"),
                )
            ],
        ),
        (
            "three pictures",
            [
                _user(
                    _image("text-128x96"),
                    _image("shapes-160x64"),
                    _image("shapes-96x256"),
                    _text("Describe the image."),
                )
            ],
        ),
    ]
]
