"""Where things are: mRoPE positions, rotary angles, the vision position table.

Plain functions over sizes, shared by the reference model and the fixtures.
They follow Qwen3-VL in Hugging Face transformers (`get_rope_index`,
`apply_interleaved_mrope`, `rot_pos_emb`, `fast_pos_embed_interpolate`).
"""

import torch
from torch import Tensor

Grid = tuple[int, int, int]  # temporal steps, rows, columns, counted in patches


def image_tokens(grid: Grid, merge: int) -> int:
    t, h, w = grid
    return t * h * w // merge**2


def mrope_positions(
    ids: list[int], grids: list[Grid], image_pad: int, merge: int
) -> tuple[Tensor, int]:
    """Temporal, height and width position of every token, [3, tokens], and the delta.

    Text counts up equally on all three axes. A picture that starts at s has time s,
    height s + row and width s + column of its merged grid; what follows goes on at
    s + max(rows, columns). The next generated token sits at tokens + delta.
    """
    columns: list[tuple[int, int, int]] = []
    following, at, remaining = 0, 0, iter(grids)
    while at < len(ids):
        if ids[at] != image_pad:
            columns.append((following, following, following))
            following += 1
            at += 1
            continue
        grid = next(remaining)
        rows, cols = grid[1] // merge, grid[2] // merge
        for row in range(rows):
            columns += [(following, following + row, following + col) for col in range(cols)]
        following += max(rows, cols)
        at += rows * cols
    return torch.tensor(columns, dtype=torch.long).T, following - len(ids)


def mrope_angles(
    positions: Tensor, head_dim: int, theta: float, sections: tuple[int, int, int]
) -> Tensor:
    """Angles of interleaved mRoPE: positions [3, ...] to [..., head_dim / 2].

    Frequency i turns with height if i % 3 == 1 and i < 3 * sections[1], with width if
    i % 3 == 2 and i < 3 * sections[2], with time otherwise.
    """
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim
    angles = positions.double().unsqueeze(-1) * theta**-exponents
    mixed = angles[0].clone()
    for axis in (1, 2):
        taken = slice(axis, 3 * sections[axis], 3)
        mixed[..., taken] = angles[axis][..., taken]
    return mixed


def merge_order(rows: int, cols: int, merge: int) -> list[tuple[int, int]]:
    """(row, column) of each patch in the order of pixel_values: block by block, then inside."""
    return [
        (block_row * merge + row, block_col * merge + col)
        for block_row in range(rows // merge)
        for block_col in range(cols // merge)
        for row in range(merge)
        for col in range(merge)
    ]


def vision_angles(rows: int, cols: int, head_dim: int, merge: int) -> Tensor:
    """2-D rotary angles [patches, head_dim / 2]: one half by row, the other by column."""
    exponents = torch.arange(0, head_dim // 2, 2, dtype=torch.float64) / (head_dim // 2)
    places = torch.tensor(merge_order(rows, cols, merge), dtype=torch.float64)
    return (places.unsqueeze(-1) * 10_000.0**-exponents).flatten(1)


def position_table_weights(
    rows: int, cols: int, side: int, merge: int
) -> tuple[Tensor, Tensor]:
    """Entries of a side x side position table and their bilinear weights, each [4, patches].

    The grid is stretched so that its corners fall on the table's corners. The four
    neighbours come as (floor, floor), (floor, ceil), (ceil, floor), (ceil, ceil).
    """

    def neighbours(count: int) -> tuple[Tensor, Tensor, Tensor]:
        exact = torch.linspace(0, side - 1, count)
        low = exact.long()
        return low, (low + 1).clamp(max=side - 1), exact - low

    top, bottom, down = neighbours(rows)
    left, right, across = neighbours(cols)
    row, col = torch.tensor(merge_order(rows, cols, merge)).T
    index = torch.stack(
        [v[row] * side + h[col] for v in (top, bottom) for h in (left, right)]
    )
    weight = torch.stack(
        [v[row] * h[col] for v in (1 - down, down) for h in (1 - across, across)]
    )
    return index, weight
