"""Measures accuracy on held-out scenes.

    python3 evaluate.py                        the shipped GGUF pair
    python3 evaluate.py --checkpoint file.pt   a training checkpoint

Every question is asked alone, in a fresh conversation with its picture, and answered
greedily without help from the right answer. Right means equal to it letter for letter.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import torch

from conversation import answer, question_about_picture
from export import load_checkpoint, load_pair
from model import Qwen3VL
from scenes import TASKS, held_out_scene
from tokenizer import Tokenizer

SCENES = 500


def evaluate(model: Qwen3VL, tokenizer: Tokenizer, scenes: int) -> tuple[Counter, Counter]:
    """Right answers and questions per task over the first held-out scenes."""
    right: Counter = Counter()
    asked: Counter = Counter()
    for index in range(scenes):
        scene = held_out_scene(index)
        for entry in scene.questions:
            messages = question_about_picture(entry.question)
            asked[entry.task] += 1
            right[entry.task] += answer(model, tokenizer, messages, [scene.image]) == entry.answer
    return right, asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--scenes", type=int, default=SCENES)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    if arguments.checkpoint:
        model, tokenizer = load_checkpoint(arguments.checkpoint)
    else:
        model, tokenizer = load_pair()
    right, asked = evaluate(model, tokenizer, arguments.scenes)
    for task in TASKS:
        print(f"{task:20} {right[task]:5} of {asked[task]:5}  {right[task] / asked[task]:6.1%}")
    share = sum(right.values()) / sum(asked.values())
    print(f"{'all':20} {sum(right.values()):5} of {sum(asked.values()):5}  {share:6.1%}")
    accuracy = {task: right[task] / asked[task] for task in TASKS}
    print(json.dumps({"scenes": arguments.scenes, "accuracy": accuracy, "all": share}))


if __name__ == "__main__":
    main()
