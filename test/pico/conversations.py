"""Rows of token ids for the joint stage: one picture or two, and many questions about them.

A row is a prefix with the pictures, then branches. Every branch is a conversation about
them: it sees the prefix and itself, and its positions follow on the prefix, as if the
other branches were not there. So one row teaches what several conversations would, and
the pictures are looked at once.
"""

from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from torch import Tensor

from chat import expand_images, render
from config import Config, TextConfig
from positions import Grid, image_tokens, mrope_angles, mrope_positions
from questions import ABOUT_ITSELF, NO_PICTURE, TASKS, Question
from tokenizer import Tokenizer

ROW_TOKENS = 128
ROW_ANSWERS = 80
IGNORED = -100
# Branches with this number and above do not see the pictures.
BLIND = 1000

# How often a question of each task is chosen where it could be asked.
TASK_WEIGHTS = {
    "shape of a colour": 0.6,
    "colour of a shape": 1.2,
    "place of a shape": 1.5,
    "how many": 1.0,
    "describe": 1.1,
    "read the text": 1.0,
    "colour of the text": 0.7,
    "box of one": 1.2,
    "boxes of several": 0.3,
    "not there": 0.2,
    "which picture": 1.0,
    "compare": 0.4,
    "about itself": 1.0,
}
FOLLOW_UP_SHARE = 0.2
ITSELF_SHARE = 0.15
BLIND_SHARE = 0.1


@dataclass
class Row:
    ids: list[int]
    branch: list[int]
    positions: list[Tensor]
    # Where the model is asked for a token, which token is right, and in which task.
    asked: list[int]
    labels: list[int]
    tasks: list[int]
    # Which of the row's answers the token belongs to.
    answers: list[int]


class RowMaker:
    def __init__(self, tokenizer: Tokenizer, config: Config):
        self.tokenizer, self.text = tokenizer, config.text
        self.merge = config.vision.spatial_merge_size
        marker = "\0"
        alone = render([{"role": "user", "content": marker}])
        # What stands before and after the words of a user's turn.
        self.opening, self.closing = alone.split(marker)

    def row(self, rng: Random, grids: list[Grid], questions: list[Question]) -> Row:
        """A row of at most ROW_TOKENS with as many of the questions as fit."""
        placeholder = "<|vision_start|><|image_pad|><|vision_end|>"
        counts = [image_tokens(grid, self.merge) for grid in grids]
        prefix = self.tokenizer.encode(
            expand_images(self.opening + placeholder * len(grids), counts)
        )
        positions, delta = mrope_positions(
            prefix, grids, self.tokenizer.image_pad, self.merge
        )
        row = Row(prefix, [0] * len(prefix), [positions], [], [], [], [])
        after = len(prefix) + delta
        follow_up = rng.random() < FOLLOW_UP_SHARE
        questions = self._chosen(rng, questions)
        if rng.random() < ITSELF_SHARE:
            questions.insert(rng.randrange(2), rng.choice(ABOUT_ITSELF))
        number = 1
        for question in questions:
            first = number == 1 or not follow_up
            opening = "" if first else "\n" + self.opening
            if not self._append(row, opening, question, after, number if not follow_up else 1):
                continue
            number += 1
            if follow_up:
                after = int(row.positions[-1].max()) + 1
        if rng.random() < BLIND_SHARE:
            question = rng.choice(ABOUT_ITSELF)
            if questions and rng.random() < 0.5:
                question = Question("about itself", questions[0].question, NO_PICTURE)
                if questions[0] in ABOUT_ITSELF:
                    question = questions[0]
            self._append(row, self.opening, question, 0, BLIND)
        return row

    def _chosen(self, rng: Random, questions: list[Question]) -> list[Question]:
        """The questions in an order by chance, likelier first by the weights of their tasks."""
        share = {task: 0 for task in TASKS}
        for question in questions:
            share[question.task] += 1

        def key(question: Question) -> float:
            weight = TASK_WEIGHTS[question.task] / share[question.task] ** 0.5
            return rng.random() ** (1 / weight)

        return sorted(questions, key=key, reverse=True)

    def _append(
        self, row: Row, opening: str, question: Question, start: int, branch: int
    ) -> bool:
        """Adds a turn if it fits."""
        before = self.tokenizer.encode(opening + question.question + self.closing)
        answer = self.tokenizer.encode(f"{question.answer}<|im_end|>")
        length = len(before) + len(answer)
        if len(row.ids) + length > ROW_TOKENS or len(row.asked) + len(answer) > ROW_ANSWERS:
            return False
        first = len(row.ids) + len(before) - 1
        row.ids += before + answer
        row.branch += [branch] * length
        row.positions.append(torch.arange(start, start + length).expand(3, -1))
        row.asked += range(first, first + len(answer))
        row.labels += answer
        row.tasks += [TASKS.index(question.task)] * len(answer)
        row.answers += [row.answers[-1] + 1 if row.answers else 0] * len(answer)
        return True


def joined(rows: list[Row], text: TextConfig) -> dict[str, Tensor]:
    """Rows as tensors of one width; what pads them is seen by nobody and asked for nothing."""
    count = len(rows)
    ids = np.zeros((count, ROW_TOKENS), np.int64)
    branch = np.full((count, ROW_TOKENS), -1)
    positions = np.zeros((3, count, ROW_TOKENS), np.int64)
    asked = np.zeros((count, ROW_ANSWERS), np.int64)
    labels = np.full((count, ROW_ANSWERS), IGNORED)
    tasks, answers = np.zeros_like(asked), np.full_like(asked, -1)
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = row.ids
        branch[index, : len(row.ids)] = row.branch
        positions[:, index, : len(row.ids)] = torch.cat(row.positions, 1).numpy()
        asked[index, : len(row.asked)] = row.asked
        labels[index, : len(row.asked)] = row.labels
        tasks[index, : len(row.asked)] = row.tasks
        answers[index, : len(row.asked)] = row.answers
    seen, sees = branch[:, None, :], branch[:, :, None]
    mask = (seen == sees) | ((seen == 0) & (sees > 0) & (sees < BLIND))
    mask &= np.tril(np.ones((ROW_TOKENS, ROW_TOKENS), bool))
    angles = mrope_angles(
        torch.from_numpy(positions), text.head_dim, text.rope_theta, text.mrope_section
    )
    return {
        "ids": torch.from_numpy(ids),
        "mask": torch.from_numpy(mask),
        "angles": angles.float(),
        "asked": torch.from_numpy(asked),
        "labels": torch.from_numpy(labels),
        "tasks": torch.from_numpy(tasks),
        "answers": torch.from_numpy(answers),
    }
