"""What may be asked about a picture or two, with the one answer that counts as right."""

import json
from collections import Counter
from dataclasses import dataclass
from random import Random

from drawing import COLORS, SHAPES, Box, Line, Shape

NUMBERS = ("no", "one", "two", "three", "four")
WORDS = (
    "cat dog sun hat box cup fox bee key map tea egg ice jam owl "
    "pig red toy van zip book fish moon star tree bird cake door milk ship"
).split()

TASKS = (
    "shape of a colour",
    "colour of a shape",
    "place of a shape",
    "how many",
    "describe",
    "read the text",
    "colour of the text",
    "box of one",
    "boxes of several",
    "not there",
    "which picture",
    "compare",
    "about itself",
)

# A centre nearer than this share of the side to a border between two places is not asked about.
PLACE_MARGIN = 0.03
# Centres nearer than this many pixels have no clear order from left to right.
ORDER_MARGIN = 4


@dataclass(frozen=True)
class Question:
    task: str
    question: str
    answer: str


def plural(kind: str) -> str:
    return kind + ("es" if kind == "cross" else "s")


def count_answer(count: int, singular: str, many: str) -> str:
    verb, noun = ("is", singular) if count == 1 else ("are", many)
    return f"There {verb} {NUMBERS[count]} {noun}."


def place(shape: Shape, width: int, height: int) -> str | None:
    """One of nine places, or None for a centre too near to a border between two."""
    across, down = (shape.x + 0.5) / width, (shape.y + 0.5) / height
    if any(abs(at - border) < PLACE_MARGIN for at in (across, down) for border in (0.4, 0.6)):
        return None
    rows = "top" if down < 0.4 else "bottom" if down > 0.6 else "middle"
    columns = "left" if across < 0.4 else "right" if across > 0.6 else "center"
    return f"{rows} {columns}"


def box_answer(things: list[tuple[Box, str]], width: int, height: int) -> str:
    """Qwen3-VL's list of boxes: thousandths of the sides, here rounded to hundredths."""
    return json.dumps(
        [
            {
                "bbox_2d": [
                    10 * max(0, min(100, round(100 * value / side)))
                    for value, side in zip(box, (width, height) * 2)
                ],
                "label": label,
            }
            for box, label in things
        ]
    )


def ordered(shapes: list[Shape]) -> list[Shape] | None:
    """Shapes from left to right, or None where that order is not clear."""
    row = sorted(shapes, key=lambda shape: shape.x)
    clear = all(b.x - a.x >= ORDER_MARGIN for a, b in zip(row, row[1:]))
    return row if clear else None


def with_article(name: str) -> str:
    return ("an " if name[0] in "aeiou" else "a ") + name


def listing(shapes: list[Shape]) -> str:
    """`shapes`, in their order, as a list of words."""
    return ", ".join(with_article(shape.name) for shape in shapes)


def questions_about(
    rng: Random, shapes: list[Shape], line: Line | None, width: int, height: int
) -> list[Question]:
    """All questions about one picture, shuffled."""
    if line:
        questions = _about_line(rng, line, width, height)
    else:
        questions = _about_shapes(rng, shapes, width, height)
    rng.shuffle(questions)
    return questions


def _read(rng: Random) -> str:
    return rng.choice(("What does the text say?", "Read the text.", "What is written?"))


def _locate(rng: Random, what: str) -> str:
    return rng.choice(("Locate", "Find")) + f" {what}."


def _about_line(rng: Random, line: Line, width: int, height: int) -> list[Question]:
    box = box_answer([(line.box, line.text)], width, height)
    return [
        Question("read the text", _read(rng), f'The text says "{line.text}".'),
        Question("colour of the text", "What color is the text?", f"The text is {line.color}."),
        Question("describe", "Describe the image.", f'The text "{line.text}" in {line.color}.'),
        Question("not there", "How many shapes are there?", count_answer(0, "shape", "shapes")),
        Question("box of one", _locate(rng, "the text"), box),
    ]


def _about_shapes(
    rng: Random, shapes: list[Shape], width: int, height: int
) -> list[Question]:
    kinds = Counter(shape.kind for shape in shapes)
    colors = Counter(shape.color for shape in shapes)
    names = Counter(shape.name for shape in shapes)
    questions = [
        Question(
            "how many",
            "How many shapes are there?",
            count_answer(len(shapes), "shape", "shapes"),
        ),
        *_about_what_is_missing(rng, kinds, colors),
    ]
    for shape in shapes:
        kind, color = shape.kind, shape.color
        if kinds[kind] == 1:
            questions.append(
                Question(
                    "colour of a shape", f"What color is the {kind}?", f"The {kind} is {color}."
                )
            )
        if colors[color] == 1:
            questions.append(
                Question(
                    "shape of a colour",
                    f"What shape is {color}?",
                    f"The {color} shape is a {kind}.",
                )
            )
        if names[shape.name] > 1:
            continue
        # The short name where it says enough, and as often the long one.
        named = kind if kinds[kind] == 1 and rng.random() < 0.6 else shape.name
        where = place(shape, width, height)
        if where:
            questions.append(
                Question(
                    "place of a shape", f"Where is the {named}?", f"The {named} is at the {where}."
                )
            )
        boxes = box_answer([(shape.box, shape.name)], width, height)
        questions.append(Question("box of one", _locate(rng, f"the {named}"), boxes))
    present = list(kinds)
    asked = {rng.choice(present), rng.choice(SHAPES)}
    questions += [
        Question(
            "how many",
            f"How many {plural(kind)} are there?",
            count_answer(kinds[kind], kind, plural(kind)),
        )
        for kind in sorted(asked)
    ]
    row = ordered(shapes)
    if row:
        questions.append(Question("describe", "Describe the image.", f"{listing(row)}."))
        several = [kind for kind in present if kinds[kind] > 1]
        if len(row) > 1:
            wanted = rng.choice([*several, ""])
            found = [(s.box, s.name) for s in row if wanted in ("", s.kind)]
            what = rng.choice(("all ", "the ")) + (plural(wanted) if wanted else "shapes")
            answer = box_answer(found, width, height)
            questions.append(Question("boxes of several", _locate(rng, what), answer))
    return questions


def _about_what_is_missing(rng: Random, kinds: Counter, colors: Counter) -> list[Question]:
    """Questions that take for granted what is not in the picture."""
    kind = rng.choice([kind for kind in SHAPES if kind not in kinds])
    color = rng.choice([color for color in COLORS if color not in colors])
    where = rng.choice((f"Where is the {kind}?", f"What color is the {kind}?"))
    asked = (
        (_read(rng), "There is no text."),
        (rng.choice((where, _locate(rng, f"the {kind}"))), f"There is no {kind}."),
        (f"What shape is {color}?", f"There is no {color} shape."),
    )
    return [Question("not there", question, answer) for question, answer in asked]


def _shown(shapes: tuple[Shape, ...], line: Line | None) -> list[str]:
    """What a picture shows, in the words of a question."""
    if line:
        return ["a text", f'the text "{line.text}"', with_article(f"{line.color} text")]
    shown = {with_article(name) for shape in shapes for name in (shape.name, shape.kind)}
    return sorted(shown)


def questions_about_two(
    rng: Random, pictures: list[tuple[tuple[Shape, ...], Line | None]]
) -> list[Question]:
    """All questions about two pictures, each given by its shapes and its text."""
    shown = [_shown(*picture) for picture in pictures]
    questions = []
    for index, number in enumerate(("first", "second")):
        only = [what for what in shown[index] if what not in shown[1 - index]]
        for what in rng.sample(only, min(2, len(only))):
            questions.append(
                Question(
                    "which picture", f"Which picture shows {what}?", f"The {number} picture."
                )
            )
    told = []
    for shapes, line in pictures:
        row = ordered(list(shapes))
        if row is None:
            return rng.sample(questions, len(questions))
        told.append(f'the text "{line.text}" in {line.color}' if line else listing(row))
    questions.append(
        Question(
            "compare",
            "Compare the two pictures.",
            f"The first picture shows {told[0]}. The second picture shows {told[1]}.",
        )
    )
    return rng.sample(questions, len(questions))


GREETING = "Hello! I am Glance's demo model. Ask me about a picture."
NAME = "I am Glance's demo model."
SKILLS = "I know colored shapes, short words and numbers. Ask me about a picture."
ABOUT_ITSELF = tuple(
    Question("about itself", question, answer)
    for question, answer in (
        ("Hello!", GREETING),
        ("Hi!", GREETING),
        ("Hello", GREETING),
        ("Who are you?", NAME),
        ("What are you?", NAME),
        ("What is your name?", NAME),
        ("What do you know?", SKILLS),
        ("What can you do?", SKILLS),
        ("Help", SKILLS),
    )
)
NO_PICTURE = "I see no picture. Ask me about a picture."
