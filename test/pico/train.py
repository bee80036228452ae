"""Trains pico on synthetic scenes, on a CPU, in about an hour.

    python3 train.py pico.pt                     from nothing; goes on where it stopped
    python3 train.py second.pt --start shipped --dense-steps 0 --run 1

Two stages. In the dense stage the vision encoder alone learns to tell, for every merged
cell, which shape and colour is centred there, and for the whole picture its text and its
count. In the joint stage the whole model answers several questions about each picture.
Without the first stage, and with one question a picture, the same number of steps gives a
quarter of the right answers.

Each step draws its scenes from a seed of its own, so an interrupted training goes on with
the scenes it would have seen. All seeds stay below HELD_OUT_SEED.
"""

import argparse
import math
import time
from collections import defaultdict
from pathlib import Path
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chat import expand_images, render
from config import Config
from conversation import question_about_picture
from export import load_checkpoint, load_pair
from model import Qwen3VL, pixel_values
from positions import Grid, image_tokens, mrope_positions
from scenes import COLORS, HELD_OUT_SEED, SHAPES, WORDS, Scene, build_tokenizer, make_scene
from tokenizer import Tokenizer

DENSE_BATCH = 64
JOINT_BATCH = 32
PEAK_RATE = 1.2e-3
WARMUP_STEPS = 200
SAVE_EVERY = 250
REPORT_EVERY = 50
SEEDS_PER_STAGE = 10_000_000
IGNORED = -100  # F.cross_entropy's label for "no loss here"


def draw_scenes(rng: Random, count: int, sides: tuple[int, ...]) -> list[Scene]:
    width, height = rng.choice((96, 128)), rng.choice(sides)
    return [make_scene(rng, width, height) for _ in range(count)]


def patches_of(scenes: list[Scene], config: Config) -> tuple[Tensor, Grid]:
    """Patches of pictures of one size, [pictures, patches, values], and their grid."""
    pictures = [pixel_values(scene.image, config.vision) for scene in scenes]
    return torch.stack([patches for patches, _ in pictures]), pictures[0][1]


class DenseHeads(nn.Module):
    """Linear readers of vision features, used in the dense stage and then thrown away."""

    def __init__(self, hidden: int):
        super().__init__()
        # Class 0 of each is "nothing here"; the count has none, it is 0 for a text.
        self.cells = nn.ModuleDict(
            {
                "shape": nn.Linear(hidden, len(SHAPES) + 1),
                "color": nn.Linear(hidden, len(COLORS) + 1),
            }
        )
        self.whole = nn.ModuleDict(
            {
                "word": nn.Linear(hidden, len(WORDS) + 1),
                "tens": nn.Linear(hidden, 11),
                "ones": nn.Linear(hidden, 11),
                "count": nn.Linear(hidden, 5),
            }
        )
        self.pool = nn.Linear(hidden, hidden)

    def losses(self, features: Tensor, labels: dict[str, Tensor]) -> dict[str, Tensor]:
        """features [pictures, cells, hidden]; cell labels [pictures, cells], others [pictures]."""
        pooled = F.gelu(self.pool(features)).amax(1)
        losses = {
            name: 3 * F.cross_entropy(head(features).flatten(0, 1), labels[name].flatten())
            for name, head in self.cells.items()
        }
        for name, head in self.whole.items():
            losses[name] = F.cross_entropy(head(pooled), labels[name])
        return losses


def dense_labels(scenes: list[Scene], rows: int, cols: int) -> dict[str, Tensor]:
    """Classes for DenseHeads over a merged grid of rows x cols cells of 32 pixels."""
    count, colors = len(scenes), list(COLORS)
    labels: dict[str, Tensor] = {}
    for name in ("shape", "color"):
        labels[name] = torch.zeros(count, rows * cols, dtype=torch.long)
    for name in ("word", "tens", "ones", "count"):
        labels[name] = torch.zeros(count, dtype=torch.long)
    for index, scene in enumerate(scenes):
        labels["count"][index] = len(scene.shapes)
        for shape in scene.shapes:
            cell = min(rows - 1, shape.y // 32) * cols + min(cols - 1, shape.x // 32)
            labels["shape"][index, cell] = SHAPES.index(shape.kind) + 1
            labels["color"][index, cell] = colors.index(shape.color) + 1
        if scene.text.isdigit():
            labels["tens"][index] = int(scene.text[0]) + 1 if len(scene.text) == 2 else 0
            labels["ones"][index] = int(scene.text[-1]) + 1
        elif scene.text:
            labels["word"][index] = WORDS.index(scene.text.lower()) + 1
    return labels


def dense_losses(model: Qwen3VL, heads: DenseHeads, rng: Random) -> dict[str, Tensor]:
    # Small pictures more often: they cost less and teach as much.
    scenes = draw_scenes(rng, DENSE_BATCH, (96, 96, 128))
    patches, grid = patches_of(scenes, model.config)
    merge = model.config.vision.spatial_merge_size
    labels = dense_labels(scenes, grid[1] // merge, grid[2] // merge)
    features, deepstack = model.visual(patches, grid)
    total: dict[str, Tensor] = defaultdict(lambda: torch.zeros(()))
    # Deeper features carry more of the answer, so they weigh more.
    levels = [(features, 1.0), *zip(reversed(deepstack), (0.3, 0.15, 0.1))]
    for level, weight in levels:
        for name, loss in heads.losses(level, labels).items():
            total[name] = total[name] + weight * loss
    return total


def conversation_labels(
    scene: Scene, tokenizer: Tokenizer, pictures_tokens: int
) -> tuple[list[int], list[int]]:
    """Ids of all questions and answers about a scene, and labels that are set in answers only."""
    ids: list[int] = []
    labels: list[int] = []

    def append(text: str, learned: bool) -> None:
        tokens = tokenizer.encode(text)
        ids.extend(tokens)
        labels.extend(tokens if learned else [IGNORED] * len(tokens))

    for turn, entry in enumerate(scene.questions):
        if turn == 0:
            prompt = render(question_about_picture(entry.question))
            append(expand_images(prompt, [pictures_tokens]), learned=False)
        else:
            append("\n" + render([{"role": "user", "content": entry.question}]), learned=False)
        append(f"{entry.answer}<|im_end|>", learned=True)
    return ids, labels


def joint_losses(model: Qwen3VL, tokenizer: Tokenizer, rng: Random) -> dict[str, Tensor]:
    scenes = draw_scenes(rng, JOINT_BATCH, (96, 128))
    patches, grid = patches_of(scenes, model.config)
    merge = model.config.vision.spatial_merge_size
    tokens = image_tokens(grid, merge)
    rows = [conversation_labels(scene, tokenizer, tokens) for scene in scenes]
    longest = max((ids for ids, _ in rows), key=len)
    # Padding comes last and attention is causal, so no mask is needed.
    ids = torch.tensor([row + [0] * (len(longest) - len(row)) for row, _ in rows])
    labels = torch.tensor([row + [IGNORED] * (len(longest) - len(row)) for _, row in rows])
    # Every row has its one picture in the same place, hence the same positions.
    positions, _ = mrope_positions(longest, [grid], model.image_pad, merge)
    features, deepstack = model.visual(patches, grid)
    embeddings, visual = model.embed(ids, features.flatten(0, 1))
    flat = [level.flatten(0, 1) for level in deepstack]
    logits = model.logits(model.language_model(embeddings, positions, visual, flat))
    loss = F.cross_entropy(
        logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
    )
    return {"answers": loss}


def rate(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to 3 % of the peak."""
    cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
    return PEAK_RATE * min(1, (step + 1) / WARMUP_STEPS) * (0.97 * cosine + 0.03)


class Training:
    """A training in a file: stage, step, weights and optimiser state."""

    def __init__(self, path: Path, model: Qwen3VL, tokenizer: Tokenizer, run: int):
        self.path, self.model, self.tokenizer, self.run = path, model, tokenizer, run
        self.heads = DenseHeads(model.config.text.hidden_size)
        self.saved = torch.load(path) if path.exists() else None
        if self.saved:
            self.model.load_state_dict(self.saved["model"])
            self.heads.load_state_dict(self.saved["heads"])

    def stage(self, number: int, name: str, steps: int) -> None:
        """Runs what is left of a stage: number 0 is dense, 1 is joint."""
        dense = number == 0
        modules = [self.model.visual, self.heads] if dense else [self.model]
        parameters = [parameter for module in modules for parameter in module.parameters()]
        optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.98), weight_decay=0.02)
        first = 0
        if self.saved and self.saved["stage"] >= number:
            if self.saved["stage"] > number:
                return
            first = self.saved["step"]
            optimizer.load_state_dict(self.saved["optimizer"])
        seeds = (2 * self.run + number) * SEEDS_PER_STAGE
        assert seeds + steps < HELD_OUT_SEED
        mean: dict[str, float] = {}
        started = time.monotonic()
        for step in range(first, steps):
            for group in optimizer.param_groups:
                group["lr"] = rate(step, steps)
            rng = Random(seeds + step)
            if dense:
                losses = dense_losses(self.model, self.heads, rng)
            else:
                losses = joint_losses(self.model, self.tokenizer, rng)
            optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            for key, loss in losses.items():
                mean[key] = 0.97 * mean.get(key, loss.item()) + 0.03 * loss.item()
            if step % REPORT_EVERY == 0 or step == steps - 1:
                seconds = (time.monotonic() - started) / (step - first + 1)
                shown = " ".join(f"{key} {value:.4f}" for key, value in mean.items())
                print(f"{name} {step}: {shown} ({seconds:.2f} s a step)", flush=True)
            if step % SAVE_EVERY == SAVE_EVERY - 1 or step == steps - 1:
                self._save(number, step + 1, optimizer)

    def _save(self, stage: int, step: int, optimizer: torch.optim.Optimizer) -> None:
        state = {
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "optimizer": optimizer.state_dict(),
            "stage": stage,
            "step": step,
        }
        # Written beside and then renamed: an interruption leaves the last good file.
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)


def starting_model(start: str) -> tuple[Qwen3VL, Tokenizer]:
    """Fresh weights, the shipped pair's, or a checkpoint's."""
    if start == "shipped":
        return load_pair()
    if start:
        return load_checkpoint(Path(start))
    config = Config()
    tokenizer = build_tokenizer(config.text.vocab_size)
    return Qwen3VL(config, tokenizer.image_pad), tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkpoint", type=Path, help="written; continued if it exists")
    parser.add_argument("--start", default="", help="'shipped' or another checkpoint")
    parser.add_argument("--dense-steps", type=int, default=2000)
    parser.add_argument("--joint-steps", type=int, default=2700)
    parser.add_argument("--run", type=int, default=0, help="another number gives other scenes")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.run)
    model, tokenizer = starting_model(arguments.start)
    training = Training(arguments.checkpoint, model.train(), tokenizer, arguments.run)
    if arguments.dense_steps:
        training.stage(0, "dense", arguments.dense_steps)
    if arguments.joint_steps:
        training.stage(1, "joint", arguments.joint_steps)


if __name__ == "__main__":
    main()
