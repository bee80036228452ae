"""Held-out questions: what is measured and published, never trained on."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from PIL import Image

from questions import ABOUT_ITSELF, Question, questions_about_two
from scenes import HELD_OUT_SEED, PLAIN, SIZES, Look, Scene, make_scene

# Questions about pairs and about the model draw far from the seeds of the single scenes.
_PAIRS = HELD_OUT_SEED + 1_000_000


@dataclass(frozen=True)
class HeldOut:
    """A question with the pictures it is about."""

    entry: Question
    images: list[Image.Image]


def held_out_scene(index: int, look: Look = PLAIN) -> Scene:
    """Scene number `index` of the held-out set."""
    rng = Random(HELD_OUT_SEED + index)
    return make_scene(rng, *rng.choice(SIZES), look)


def one_of_each_task(questions: list[Question]) -> list[Question]:
    """The first question of every task."""
    return list({question.task: question for question in reversed(questions)}.values())


def held_out_pair(index: int, look: Look = PLAIN) -> tuple[list[Scene], list[Question]]:
    """Two scenes, and one question of each task about both."""
    rng = Random(_PAIRS + index)
    scenes = [make_scene(rng, *rng.choice(SIZES), look) for _ in range(2)]
    questions = questions_about_two(rng, [(scene.shapes, scene.line) for scene in scenes])
    return scenes, one_of_each_task(questions)


def held_out_questions(scenes: int, look: Look = PLAIN) -> Iterator[HeldOut]:
    """One question of each task about each of `scenes` pictures, and half as many pairs."""
    for index in range(scenes):
        scene = held_out_scene(index, look)
        for entry in one_of_each_task(scene.questions):
            yield HeldOut(entry, [scene.image])
    for index in range(scenes // 2):
        pair, questions = held_out_pair(index, look)
        for entry in questions:
            yield HeldOut(entry, [scene.image for scene in pair])
    for entry in ABOUT_ITSELF:
        yield HeldOut(entry, [])
