"""Held-out questions with the right answer and the reference model's own.

`scenes.bin` is PNG files one after another; `questions.json` says where each begins.
"""

import io
import json
from pathlib import Path
from typing import Any

from conversation import answer, question_about_picture
from export import ROOT, load_pair
from scenes import TASKS, held_out_scene

FOLDER = ROOT / "test" / "fixtures" / "eval"
SCENES = 160
LEAST_QUESTIONS = 500
# The short form of the evaluation asks this many, so they must cover every task.
OPENING = 24


def make() -> list[Path]:
    model, tokenizer = load_pair()
    blob = bytearray()
    scenes: list[dict[str, int]] = []
    questions: list[dict[str, Any]] = []
    for index in range(SCENES):
        scene = held_out_scene(index)
        png = io.BytesIO()
        scene.image.save(png, "PNG", optimize=True)
        width, height = scene.image.size
        length = len(png.getvalue())
        scenes.append({"offset": len(blob), "length": length, "width": width, "height": height})
        blob += png.getvalue()
        for entry in scene.questions:
            messages = question_about_picture(entry.question)
            questions.append(
                {
                    "scene": index,
                    "task": entry.task,
                    "question": entry.question,
                    "truth": entry.answer,
                    "answer": answer(model, tokenizer, messages, [scene.image]),
                }
            )
    assert len(questions) >= LEAST_QUESTIONS
    ordered = _every_task_first(questions)
    listing, pictures = FOLDER / "questions.json", FOLDER / "scenes.bin"
    FOLDER.mkdir(parents=True, exist_ok=True)
    listing.write_text(
        '{"scenes":[\n' + _lines(scenes) + '\n],"questions":[\n' + _lines(ordered) + "\n]}\n"
    )
    pictures.write_bytes(blob)
    return [listing, pictures]


def _every_task_first(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Moves a first few of every task, in turn, to the front; the rest stays in order."""
    opening: list[dict[str, Any]] = []
    while len(opening) < OPENING:
        task = TASKS[len(opening) % len(TASKS)]
        opening.append(next(q for q in questions if q["task"] == task and q not in opening))
    return opening + [question for question in questions if question not in opening]


def _lines(items: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
