"""Batches of scenes for training, drawn ahead of time in a process of their own.

Every step draws from a seed of its own, so an interrupted training goes on with the scenes
that it would have seen. All seeds stay below HELD_OUT_SEED.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from config import VisionConfig
from conversations import RowMaker, joined
from dense import dense_labels
from positions import Grid
from questions import questions_about_two
from scenes import HELD_OUT_SEED, SIZES, TRAINING, Scene, make_scene

# Small pictures more often: they cost less and teach as much.
SIZE_WEIGHTS = (4, 2, 2, 4, 1, 1)
PAIR_SHARE = 0.25
PATCH = VisionConfig().patch_size
SEEDS_PER_STAGE = 10_000_000


def pixels_of(scenes: list[Scene]) -> Tensor:
    """Bytes [pictures, height, width, channels] of pictures of one size."""
    return torch.from_numpy(np.stack([np.asarray(scene.image) for scene in scenes]))


def draw_scenes(rng: Random, count: int) -> list[Scene]:
    """`count` scenes of one size."""
    width, height = rng.choices(SIZES, SIZE_WEIGHTS)[0]
    return [make_scene(rng, width, height, TRAINING) for _ in range(count)]


def dense_batch(rng: Random, pictures: int) -> dict[str, Any]:
    scenes = draw_scenes(rng, pictures)
    return {"pixels": [pixels_of(scenes)], "dense": [dense_labels(scenes)]}


def joint_batch(rng: Random, maker: RowMaker, rows: int) -> dict[str, Any]:
    """Rows about one picture each or, less often, about two."""
    pair = rng.random() < PAIR_SHARE
    if not pair:
        scenes = draw_scenes(rng, rows)
        grid = grid_of(scenes[0])
        made = [maker.row(rng, [grid], scene.questions) for scene in scenes]
        drawn = [scenes]
    else:
        drawn = [draw_scenes(rng, rows * 2 // 3), draw_scenes(rng, rows * 2 // 3)]
        grids = [grid_of(scenes[0]) for scenes in drawn]
        made = [
            maker.row(rng, grids, questions_about_two(rng, [(s.shapes, s.line) for s in both]))
            for both in zip(*drawn)
        ]
    batch = joined(made, maker.text)
    batch["pixels"] = [pixels_of(scenes) for scenes in drawn]
    batch["dense"] = [dense_labels(scenes) for scenes in drawn]
    return batch


def grid_of(scene: Scene) -> Grid:
    return 1, scene.image.height // PATCH, scene.image.width // PATCH


class Batches(IterableDataset):
    """What `make` makes of each seed."""

    def __init__(self, make: Callable[[Random], dict[str, Any]], seeds: range):
        assert seeds.stop <= HELD_OUT_SEED
        self.make, self.seeds = make, seeds

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for seed in self.seeds:
            yield self.make(Random(seed))


def ahead(make: Callable[[Random], dict[str, Any]], seeds: range) -> DataLoader:
    return DataLoader(Batches(make, seeds), batch_size=None, num_workers=1, prefetch_factor=6)
