"""Held-out questions with the right answer and the reference model's own.

`scenes.bin` is PNG files one after another; `questions.json` says where each begins.
Questions about two pictures stand apart, in `pairs`.
"""

import io
import json
from pathlib import Path
from typing import Any

from conversation import greedy_or, question_about_picture
from export import ROOT, load_pair
from held_out import held_out_pair, held_out_scene, one_of_each_task
from model import Qwen3VL
from questions import Question
from scenes import Scene
from tokenizer import Tokenizer

FOLDER = ROOT / "test" / "fixtures" / "eval"
SCENES = 90
PAIRS = 30
LEAST_QUESTIONS = 500
# The short form of the evaluation asks this many, so they cover all tasks with short answers.
OPENING = 24
OPENING_TASKS = (
    "shape of a colour",
    "colour of a shape",
    "place of a shape",
    "how many",
    "describe",
    "read the text",
    "colour of the text",
)


class Pictures:
    """PNG files one after another."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.entries: list[dict[str, int]] = []

    def add(self, scene: Scene) -> int:
        png = io.BytesIO()
        scene.image.save(png, "PNG", optimize=True)
        data, (width, height) = png.getvalue(), scene.image.size
        self.entries.append(
            {"offset": len(self.blob), "length": len(data), "width": width, "height": height}
        )
        self.blob += data
        return len(self.entries) - 1


def make() -> list[Path]:
    model, tokenizer = load_pair()
    pictures = Pictures()
    questions: list[dict[str, Any]] = []
    for index in range(SCENES):
        scene = held_out_scene(index)
        number = pictures.add(scene)
        questions += [
            {"scene": number} | _entry(model, tokenizer, entry, [scene])
            for entry in one_of_each_task(scene.questions)
        ]
    assert len(questions) >= LEAST_QUESTIONS
    pairs: list[dict[str, Any]] = []
    for index in range(PAIRS):
        scenes, asked = held_out_pair(index)
        numbers = [pictures.add(scene) for scene in scenes]
        pairs += [
            {"scenes": numbers} | _entry(model, tokenizer, entry, scenes) for entry in asked
        ]
    parts = {"scenes": pictures.entries, "questions": _every_task_first(questions), "pairs": pairs}
    listing, blob = FOLDER / "questions.json", FOLDER / "scenes.bin"
    FOLDER.mkdir(parents=True, exist_ok=True)
    body = ",".join(f"{json.dumps(name)}:[\n{_lines(items)}\n]" for name, items in parts.items())
    listing.write_text(f"{{{body}}}\n")
    blob.write_bytes(pictures.blob)
    return [listing, blob]


def _entry(
    model: Qwen3VL, tokenizer: Tokenizer, entry: Question, scenes: list[Scene]
) -> dict[str, Any]:
    messages = question_about_picture(entry.question, len(scenes))
    images = [scene.image for scene in scenes]
    return {
        "task": entry.task,
        "question": entry.question,
        "truth": entry.answer,
        "answer": greedy_or(model, tokenizer, messages, images, entry.answer),
    }


def _every_task_first(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Moves a first few of the short tasks, in turn, to the front; the rest stays in order."""
    opening: list[dict[str, Any]] = []
    while len(opening) < OPENING:
        task = OPENING_TASKS[len(opening) % len(OPENING_TASKS)]
        opening.append(next(q for q in questions if q["task"] == task and q not in opening))
    return opening + [question for question in questions if question not in opening]


def _lines(items: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
