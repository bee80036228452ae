"""What the vision encoder is taught cell by cell, beside the answers.

A cell is a merged token: 32 x 32 pixels. Heads read shape, colour and box of what is centred
in a cell, and which characters are printed there; from the whole picture the word and the
count. They serve the training alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from drawing import COLORS, SHAPES
from questions import WORDS
from scenes import Scene

CELL = 32
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
IGNORED = -100  # F.cross_entropy's label for "no loss here"

# Classes of each head; class 0 is "nothing here", except for the count.
CELL_HEADS = {
    "shape": len(SHAPES) + 1,
    "color": len(COLORS) + 1,
    "left": len(CHARACTERS) + 1,
    "right": len(CHARACTERS) + 1,
}
WHOLE_HEADS = {"word": len(WORDS) + 1, "count": 5}
_WEIGHTS = {"shape": 2.0, "color": 2.0, "left": 3.0, "right": 3.0, "box": 30.0}
# The last features carry the answers; those of DeepStack come in before them.
LEVEL_WEIGHTS = (1.0, 0.05, 0.1, 0.3)


class DenseHeads(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.cells = nn.Linear(hidden, sum(CELL_HEADS.values()) + 4)
        self.pool = nn.Linear(hidden, hidden)
        self.whole = nn.Linear(hidden, sum(WHOLE_HEADS.values()))

    def losses(self, levels: list[Tensor], labels: dict[str, Tensor]) -> dict[str, Tensor]:
        """levels [pictures, cells, hidden] each, as BatchedModel.vision gives them."""
        total: dict[str, Tensor] = {}
        for features, weight in zip(levels, LEVEL_WEIGHTS):
            for name, loss in self._losses(features.float(), labels).items():
                total[name] = total.get(name, 0) + weight * loss
        return total

    def _losses(self, features: Tensor, labels: dict[str, Tensor]) -> dict[str, Tensor]:
        cells = self.cells(features).split([*CELL_HEADS.values(), 4], -1)
        losses = {
            name: F.cross_entropy(
                scores.flatten(0, 1), labels[name].flatten(), ignore_index=IGNORED
            )
            for name, scores in zip(CELL_HEADS, cells)
        }
        filled = labels["boxed"]
        errors = F.smooth_l1_loss(cells[-1], labels["box"], beta=0.05, reduction="none").mean(-1)
        losses["box"] = (errors * filled).sum() / filled.sum().clamp(min=1)
        pooled = F.gelu(self.pool(features)).amax(1)
        for name, scores in zip(WHOLE_HEADS, self.whole(pooled).split([*WHOLE_HEADS.values()], -1)):
            losses[name] = F.cross_entropy(scores, labels[name])
        return {name: _WEIGHTS.get(name, 1.0) * loss for name, loss in losses.items()}


def dense_labels(scenes: list[Scene]) -> dict[str, Tensor]:
    """Classes for DenseHeads, for scenes of one size."""
    width, height = scenes[0].image.size
    rows, cols, count = height // CELL, width // CELL, len(scenes)
    labels: dict[str, Tensor] = {
        name: torch.zeros(count, rows * cols, dtype=torch.long) for name in CELL_HEADS
    }
    labels |= {name: torch.zeros(count, dtype=torch.long) for name in WHOLE_HEADS}
    labels["boxed"] = torch.zeros(count, rows * cols)
    labels["box"] = torch.zeros(count, rows * cols, 4)
    sides = torch.tensor([width, height] * 2)

    def cell(x: float, y: float) -> int:
        row = max(0, min(rows - 1, int(y // CELL)))
        return row * cols + max(0, min(cols - 1, int(x // CELL)))

    def set_box(index: int, at: int, box) -> None:
        labels["boxed"][index, at] = 1
        labels["box"][index, at] = torch.tensor([float(value) for value in box]) / sides

    for index, scene in enumerate(scenes):
        labels["count"][index] = len(scene.shapes)
        for shape in scene.shapes:
            at = cell(shape.x, shape.y)
            labels["shape"][index, at] = SHAPES.index(shape.kind) + 1
            labels["color"][index, at] = list(COLORS).index(shape.color) + 1
            set_box(index, at, shape.box)
        if not scene.line:
            continue
        taken: set[tuple[str, int]] = set()
        for character, x, y in scene.line.characters:
            side, at = ("left" if x % CELL < CELL / 2 else "right"), cell(x, y)
            # Two narrow ones in half a cell: which of them is meant would be a guess.
            known = IGNORED if (side, at) in taken else CHARACTERS.index(character) + 1
            taken.add((side, at))
            labels[side][index, at] = known
            labels["color"][index, at] = list(COLORS).index(scene.line.color) + 1
            set_box(index, at, scene.line.box)
        if scene.line.text.isalpha():
            labels["word"][index] = WORDS.index(scene.line.text.lower()) + 1
    return labels
