"""How many answers are right, by task, while training goes on.

Scenes of a training step were never seen before, so this measures what is learned. The
model reads the right answer's beginning, so an answer counts as right when every one of
its tokens would have been chosen: the same as giving it by greedy choice. For boxes, whose
coordinates need not be equal, that is an approximation.
"""

from collections import Counter

import numpy as np
from torch import Tensor

from boxes import is_right
from questions import TASKS
from tokenizer import Tokenizer


class Tally:
    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.right: Counter = Counter()
        self.asked: Counter = Counter()

    def count(self, chosen: Tensor, batch: dict[str, Tensor]) -> None:
        """chosen [rows, answers] are the likeliest tokens at the places asked."""
        numbers = batch["answers"].numpy()
        labels, tokens, tasks = batch["labels"].numpy(), chosen.numpy(), batch["tasks"].numpy()
        for row in range(len(numbers)):
            for number in range(numbers[row].max() + 1):
                here = np.flatnonzero(numbers[row] == number)
                task = TASKS[tasks[row, here[0]]]
                said, truth = tokens[row, here], labels[row, here]
                right = bool((said == truth).all())
                if not right and task.startswith("box"):
                    texts = (self.tokenizer.decode(ids[:-1]) for ids in (said, truth))
                    right = is_right(task, *texts)
                self.right[task] += right
                self.asked[task] += 1

    def report(self) -> str:
        """Shares of right answers since the last report."""
        parts = [
            f"{task} {self.right[task] / self.asked[task]:.1%} of {self.asked[task]}"
            for task in TASKS
            if self.asked[task]
        ]
        self.right.clear()
        self.asked.clear()
        return "  " + "; ".join(parts)
