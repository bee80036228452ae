"""Small tables of positions, rotary angles and position-table weights, in float64."""

import json
from pathlib import Path
from typing import Any

import torch

from export import ROOT
from positions import (
    merge_order,
    mrope_angles,
    mrope_positions,
    position_table_weights,
    vision_angles,
)

FILE = ROOT / "test" / "fixtures" / "model" / "rope.json"
MERGE = 2
IMAGE_PAD = 9
TEXT = 1

MROPE = (
    {"headDim": 128, "sections": (24, 20, 20), "theta": 5e6},
    {"headDim": 32, "sections": (6, 5, 5), "theta": 1e4},
)
# One column a token: time, height, width.
POSITIONS = (
    (0, 3, 3, 3, 17, 1000, 250_000),
    (0, 3, 4, 9, 17, 1010, 250_000),
    (0, 3, 5, 3, 17, 1037, 250_000),
)
# Text and pictures: an integer is that many text tokens, a pair rows x columns of patches.
SEQUENCES: tuple[tuple[int | tuple[int, int], ...], ...] = (
    (5,),
    (3, (6, 6), 4),
    (3, (4, 12), 2, (12, 4), 1),
    ((2, 2), (8, 6), (2, 10), 7),
    (1, (48, 2)),
)
GRIDS = ((4, 6), (6, 4), (2, 2), (16, 16), (50, 48))
TABLE_SIDES = (16, 48)


def _mrope(options: dict[str, Any]) -> dict[str, Any]:
    positions = torch.tensor(POSITIONS)
    angles = mrope_angles(positions, options["headDim"], options["theta"], options["sections"])
    return {
        **options,
        "positions": POSITIONS,
        "cos": angles.cos().tolist(),
        "sin": angles.sin().tolist(),
    }


def _sequence(parts: tuple[int | tuple[int, int], ...]) -> dict[str, Any]:
    ids: list[int] = []
    grids = []
    for part in parts:
        if isinstance(part, int):
            ids += [TEXT] * part
        else:
            grids.append((1, *part))
            # A start token before each picture keeps neighbours apart, as in a prompt.
            ids += [TEXT] + [IMAGE_PAD] * (part[0] * part[1] // MERGE**2)
    positions, delta = mrope_positions(ids, grids, IMAGE_PAD, MERGE)
    return {"tokenIds": ids, "grids": grids, "positions": positions.tolist(), "delta": delta}


def _vision(rows: int, cols: int, head_dim: int) -> dict[str, Any]:
    angles = vision_angles(rows, cols, head_dim, MERGE)
    return {"rows": rows, "cols": cols, "headDim": head_dim, "angles": angles.tolist()}


def _table(rows: int, cols: int, side: int) -> dict[str, Any]:
    index, weight = position_table_weights(rows, cols, side, MERGE)
    # A large grid is told by some of its patches; `patches` says which.
    patches = list(range(rows * cols)) if rows * cols <= 64 else list(range(0, rows * cols, 37))
    return {
        "rows": rows,
        "cols": cols,
        "side": side,
        "patches": patches,
        "indices": index[:, patches].tolist(),
        "weights": weight[:, patches].double().tolist(),
    }


def _lines(entries: list[dict[str, Any]]) -> str:
    rows = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    return f"[\n{rows}\n]"


def make() -> list[Path]:
    sections = {
        "mrope": [_mrope(options) for options in MROPE],
        "sequences": [_sequence(parts) for parts in SEQUENCES],
        "visionAngles": [
            _vision(rows, cols, head_dim)
            for rows, cols, head_dim in ((4, 6, 32), (6, 4, 32), (4, 4, 64), (2, 6, 72))
        ],
        "positionTable": [_table(*grid, side) for side in TABLE_SIDES for grid in GRIDS],
        "mergeOrder": [
            {"rows": rows, "cols": cols, "order": merge_order(rows, cols, MERGE)}
            for rows, cols in ((2, 2), (4, 6), (6, 4), (8, 2))
        ],
    }
    body = ",\n".join(f"{json.dumps(name)}: {_lines(rows)}" for name, rows in sections.items())
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(f'{{\n"merge": {MERGE},\n"imagePad": {IMAGE_PAD},\n{body}\n}}\n')
    return [FILE]
