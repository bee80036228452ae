"""Measures accuracy on held-out scenes.

    python3 evaluate.py                        the shipped GGUF pair
    python3 evaluate.py --checkpoint file.pt   a training checkpoint

Every question is asked alone, in a fresh conversation with its pictures, and answered
greedily without help from the right answer. Right means equal to it letter for letter; a
list of boxes is right when it names the same things and each box overlaps the true one by
at least half (intersection over union). The scenes are drawn three times: as they are, with
noise and JPEG losses, and with the text in the second font.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import torch

from boxes import is_right
from conversation import greedy_or, question_about_picture
from export import load_checkpoint, load_pair
from held_out import held_out_questions
from model import Qwen3VL
from questions import TASKS
from scenes import DEGRADED, PLAIN, SECOND_FONT, Look
from tokenizer import Tokenizer

SCENES = 300
LOOKS = {"plain": PLAIN, "noise and JPEG": DEGRADED, "second font": SECOND_FONT}
# The font changes nothing where there is no text.
WITH_TEXT = ("read the text", "colour of the text")


def evaluate(
    model: Qwen3VL, tokenizer: Tokenizer, scenes: int, look: Look, tasks: tuple[str, ...]
) -> tuple[Counter, Counter]:
    """Right answers and questions per task."""
    right: Counter = Counter()
    asked: Counter = Counter()
    for held_out in held_out_questions(scenes, look):
        entry = held_out.entry
        if entry.task not in tasks:
            continue
        messages = question_about_picture(entry.question, len(held_out.images))
        said = greedy_or(model, tokenizer, messages, held_out.images, entry.answer)
        asked[entry.task] += 1
        right[entry.task] += is_right(entry.task, said, entry.answer)
    return right, asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--looks", nargs="*", default=list(LOOKS), choices=list(LOOKS))
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    if arguments.checkpoint:
        model, tokenizer = load_checkpoint(arguments.checkpoint)
    else:
        model, tokenizer = load_pair()
    accuracy: dict[str, dict[str, float]] = {}
    for name in arguments.looks:
        tasks = tuple(
            task
            for task in arguments.tasks
            if name != "second font" or task in WITH_TEXT
        )
        right, asked = evaluate(model, tokenizer, arguments.scenes, LOOKS[name], tasks)
        print(f"\n{name}")
        for task in asked:
            share = right[task] / asked[task]
            print(f"{task:20} {right[task]:5} of {asked[task]:5}  {share:6.1%}", flush=True)
        accuracy[name] = {task: right[task] / asked[task] for task in asked}
    print(json.dumps({"scenes": arguments.scenes, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
