"""The model's forward pass for training: many rows at once, fixed shapes, branches.

It computes what `model.py` computes, with the same weights, in a form that half-width
arithmetic speeds up. `check_batched.py` compares the two.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

from config import Config
from model import Attention, Qwen3VL, VisionBlock, VisionModel
from positions import Grid, position_table_weights, vision_angles


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates x [..., head_dim] by angles given as cos and sin [..., head_dim / 2]."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1).to(x.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None = None) -> Tensor:
    """Attention [..., tokens, head_dim]; what is `hidden` is not seen. Written out, since the
    backward pass of PyTorch's own is slow in half width on a CPU."""
    scores = (q / math.sqrt(q.shape[-1])) @ k.mT
    if hidden is not None:
        scores = scores.masked_fill(hidden, float("-inf"))
    return torch.softmax(scores, -1).to(v.dtype) @ v


@lru_cache(maxsize=None)
def _grid_constants(grid: Grid, config: Config) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    vision = config.vision
    _, rows, cols = grid
    merge = vision.spatial_merge_size
    index, weight = position_table_weights(rows, cols, vision.position_table_side, merge)
    angles = vision_angles(rows, cols, vision.head_dim, merge)
    return index, weight.unsqueeze(-1).float(), angles.cos().float(), angles.sin().float()


def patches_of(pixels: Tensor, config: Config) -> tuple[Tensor, Grid]:
    """Patches in merge order of pictures of one size: bytes [pictures, height, width, channels]."""
    vision = config.vision
    p, m = vision.patch_size, vision.spatial_merge_size
    count, height, width, channels = pixels.shape
    rows, cols = height // p, width // p
    # The mean and the deviation of pico's pictures are 0.5 in every channel.
    values = pixels.float() / 127.5 - 1
    blocks = values.view(count, rows // m, m, p, cols // m, m, p, channels)
    blocks = blocks.permute(0, 1, 4, 2, 5, 7, 3, 6).unsqueeze(6)
    frames = blocks.expand(-1, -1, -1, -1, -1, -1, vision.temporal_patch_size, -1, -1)
    return frames.reshape(count, rows * cols, vision.patch_values), (1, rows, cols)


def _vision_block(block: VisionBlock, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    attn = block.attn
    batch, patches, width = x.shape
    qkv = attn.qkv(block.norm1(x)).view(batch, patches, 3, attn.heads, attn.head_dim)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    mixed = attend(rotate(q, cos, sin), rotate(k, cos, sin), v)
    x = x + attn.proj(mixed.transpose(1, 2).reshape(batch, patches, width))
    return x + block.mlp(block.norm2(x))


def _vision(
    visual: VisionModel, patches: Tensor, places: Tensor, cos: Tensor, sin: Tensor
) -> list[Tensor]:
    x = visual.patch_embed(patches) + places
    levels = []
    for depth, block in enumerate(visual.blocks):
        x = _vision_block(block, x, cos, sin)
        if depth in visual.config.deepstack_visual_indexes:
            levels.append(visual.deepstack_merger_list[len(levels)](x))
    return [visual.merger(x), *levels]


def _attention(
    attn: Attention, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
) -> Tensor:
    batch, tokens, _ = x.shape
    q = attn.q_norm(attn.q_proj(x).view(batch, tokens, attn.heads, attn.head_dim))
    k = attn.k_norm(attn.k_proj(x).view(batch, tokens, attn.kv_heads, attn.head_dim))
    v = attn.v_proj(x).view(batch, tokens, attn.kv_heads, attn.head_dim).transpose(1, 2)
    q, k = rotate(q.transpose(1, 2), cos, sin), rotate(k.transpose(1, 2), cos, sin)
    group = attn.heads // attn.kv_heads
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    mixed = attend(q.to(v.dtype), k.to(v.dtype), v, mask)
    return attn.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, -1))


def _decoder(
    model: Qwen3VL,
    ids: Tensor,
    visual: Tensor,
    levels: list[Tensor],
    cos: Tensor,
    sin: Tensor,
    mask: Tensor,
    asked: Tensor,
) -> Tensor:
    text = model.language_model
    x = torch.where(visual, levels[0].float(), text.embed_tokens(ids))
    for index, layer in enumerate(text.layers):
        x = x + _attention(layer.self_attn, layer.input_layernorm(x), cos, sin, mask)
        x = x + layer.mlp(layer.post_attention_layernorm(x))
        if index + 1 < len(levels):
            x = x + levels[index + 1]
    x = text.norm(x.gather(1, asked.unsqueeze(-1).expand(-1, -1, x.shape[-1])))
    return model.logits(x)


class BatchedModel:
    """`model` for many rows at once."""

    def __init__(self, model: Qwen3VL):
        self.model, self.config = model, model.config

    def vision(self, pixels: Tensor) -> list[Tensor]:
        """Features [pictures, tokens, hidden] of pictures of one size, and each DeepStack level."""
        patches, grid = patches_of(pixels, self.config)
        index, weight, cos, sin = _grid_constants(grid, self.config)
        places = (self.model.visual.pos_embed(index) * weight).sum(0)
        return _vision(self.model.visual, patches, places, cos, sin)

    def decode(
        self, ids: Tensor, levels: list[Tensor], angles: Tensor, mask: Tensor, asked: Tensor
    ) -> Tensor:
        """Logits at the places `asked` [rows, answers] of ids [rows, tokens].

        levels are features already in their places, [rows, tokens, hidden]; angles
        [rows, tokens, head_dim / 2]; mask [rows, tokens, tokens] is true where a token sees
        another.
        """
        visual = (ids == self.model.image_pad).unsqueeze(-1)
        cos, sin = angles.cos().unsqueeze(1), angles.sin().unsqueeze(1)
        hidden = ~mask.unsqueeze(1)
        return _decoder(self.model, ids, visual, levels, cos, sin, hidden, asked)
