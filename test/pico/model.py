"""Qwen3-VL in plain PyTorch, f32, for any number of pictures anywhere in a sequence.

It reads top to bottom as the network runs. Module names are those of Hugging Face
transformers' `qwen3_vl`, whose checkpoints it would load.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from config import Config, TextConfig, VisionConfig
from positions import (
    Grid,
    mrope_angles,
    mrope_positions,
    position_table_weights,
    vision_angles,
)


def pixel_values(image: Image.Image, config: VisionConfig) -> tuple[Tensor, Grid]:
    """Patches of an RGB picture whose sides are multiples of patch x merge.

    Returns [patches, channels x frames x patch x patch] in merge order, and the grid.
    A still picture fills both frames of its temporal step.
    """
    p, m = config.patch_size, config.spatial_merge_size
    rows, cols = image.height // p, image.width // p
    mean, std = torch.tensor(config.image_mean), torch.tensor(config.image_std)
    pixels = torch.from_numpy(np.array(image.convert("RGB"))).float() / 255
    pixels = ((pixels - mean) / std).permute(2, 0, 1)
    blocks = pixels.reshape(config.in_channels, rows // m, m, p, cols // m, m, p)
    blocks = blocks.permute(1, 4, 2, 5, 0, 3, 6)  # block row, block col, row, col, channel, y, x
    frames = blocks.unsqueeze(5).expand(-1, -1, -1, -1, -1, config.temporal_patch_size, -1, -1)
    return frames.reshape(rows * cols, config.patch_values), (1, rows, cols)


def rotate_half(x: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return torch.cat([-second, first], -1)


def apply_rotary(x: Tensor, angles: Tensor) -> Tensor:
    """Rotates x [..., head_dim] by angles [..., head_dim / 2]; dimension i pairs with i + half."""
    both = torch.cat([angles, angles], -1)
    return x * both.cos().to(x.dtype) + rotate_half(x) * both.sin().to(x.dtype)


class VisionAttention(nn.Module):
    def __init__(self, config: VisionConfig):
        super().__init__()
        self.heads, self.head_dim = config.num_heads, config.head_dim
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.proj = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x: Tensor, angles: Tensor) -> Tensor:
        batch, patches, width = x.shape
        qkv = self.qkv(x).view(batch, patches, 3, self.heads, self.head_dim)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q, k = apply_rotary(q, angles), apply_rotary(k, angles)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.head_dim), -1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, patches, width))


class VisionMLP(nn.Module):
    def __init__(self, config: VisionConfig):
        super().__init__()
        self.linear_fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.linear_fc2 = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_fc2(F.gelu(self.linear_fc1(x), approximate="tanh"))


class VisionBlock(nn.Module):
    def __init__(self, config: VisionConfig):
        super().__init__()
        self.norm1 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.norm2 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.attn = VisionAttention(config)
        self.mlp = VisionMLP(config)

    def forward(self, x: Tensor, angles: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x), angles)
        return x + self.mlp(self.norm2(x))


class PatchMerger(nn.Module):
    """Four neighbouring patches to one token of the text model's width.

    The last merger normalises each patch, those of DeepStack the joined four.
    """

    def __init__(self, config: VisionConfig, out: int, postshuffle_norm: bool):
        super().__init__()
        self.joined = config.hidden_size * config.spatial_merge_size**2
        self.postshuffle_norm = postshuffle_norm
        width = self.joined if postshuffle_norm else config.hidden_size
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.linear_fc1 = nn.Linear(self.joined, self.joined)
        self.linear_fc2 = nn.Linear(self.joined, out)

    def forward(self, x: Tensor) -> Tensor:
        if self.postshuffle_norm:
            x = self.norm(x.flatten(1).view(x.shape[0], -1, self.joined))
        else:
            x = self.norm(x).flatten(1).view(x.shape[0], -1, self.joined)
        return self.linear_fc2(F.gelu(self.linear_fc1(x)))


class PatchEmbed(nn.Module):
    def __init__(self, config: VisionConfig):
        super().__init__()
        self.proj = nn.Linear(config.patch_values, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


class VisionModel(nn.Module):
    def __init__(self, config: VisionConfig, out: int):
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbed(config)
        self.pos_embed = nn.Embedding(config.position_table_side**2, config.hidden_size)
        self.blocks = nn.ModuleList(VisionBlock(config) for _ in range(config.depth))
        self.merger = PatchMerger(config, out, postshuffle_norm=False)
        self.deepstack_merger_list = nn.ModuleList(
            PatchMerger(config, out, postshuffle_norm=True)
            for _ in config.deepstack_visual_indexes
        )

    def forward(self, patches: Tensor, grid: Grid) -> tuple[Tensor, list[Tensor]]:
        """Pictures of one size, [pictures, patches, patch values], to features.

        Returns [pictures, tokens, hidden] and as many again for each DeepStack layer.
        """
        config, merge = self.config, self.config.spatial_merge_size
        _, rows, cols = grid
        index, weight = position_table_weights(rows, cols, config.position_table_side, merge)
        places = (self.pos_embed(index) * weight.unsqueeze(-1)).sum(0)
        angles = vision_angles(rows, cols, config.head_dim, merge)
        x = self.patch_embed(patches) + places
        deepstack = []
        for depth, block in enumerate(self.blocks):
            x = block(x, angles)
            if depth in config.deepstack_visual_indexes:
                merger = self.deepstack_merger_list[config.deepstack_visual_indexes.index(depth)]
                deepstack.append(merger(x))
        return self.merger(x), deepstack


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


class Attention(nn.Module):
    """Grouped-query attention with RMSNorm on each head's query and key before rotary."""

    def __init__(self, config: TextConfig):
        super().__init__()
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim = config.head_dim
        query, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        self.q_proj = nn.Linear(config.hidden_size, query, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, kv, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, kv, bias=False)
        self.o_proj = nn.Linear(query, config.hidden_size, bias=False)
        self.q_norm = RMSNorm(self.head_dim, config.rms_norm_eps)
        self.k_norm = RMSNorm(self.head_dim, config.rms_norm_eps)

    def forward(self, x: Tensor, angles: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        q = self.q_norm(self.q_proj(x).view(batch, tokens, self.heads, self.head_dim))
        k = self.k_norm(self.k_proj(x).view(batch, tokens, self.kv_heads, self.head_dim))
        v = self.v_proj(x).view(batch, tokens, self.kv_heads, self.head_dim)
        q, k, v = (each.transpose(1, 2) for each in (q, k, v))
        q, k = apply_rotary(q, angles), apply_rotary(k, angles)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.head_dim)
        future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        weights = torch.softmax(scores.masked_fill(future, float("-inf")), -1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(batch, tokens, -1))


class MLP(nn.Module):
    """SwiGLU."""

    def __init__(self, config: TextConfig):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    def __init__(self, config: TextConfig):
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = MLP(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, angles: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), angles)
        return x + self.mlp(self.post_attention_layernorm(x))


class TextModel(nn.Module):
    def __init__(self, config: TextConfig):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        nn.init.normal_(self.embed_tokens.weight, std=0.05)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, embeddings: Tensor, positions: Tensor, visual: Tensor, deepstack: Sequence[Tensor]
    ) -> Tensor:
        """embeddings [batch, tokens, hidden], positions [3, tokens] or [3, batch, tokens],
        visual [batch, tokens] true at image tokens, deepstack [image tokens, hidden] each.
        """
        config = self.config
        angles = mrope_angles(positions, config.head_dim, config.rope_theta, config.mrope_section)
        angles = angles.unsqueeze(-3)  # the heads
        x = embeddings
        for index, layer in enumerate(self.layers):
            x = layer(x, angles)
            if index < len(deepstack):
                x = x.masked_scatter(visual.unsqueeze(-1), x[visual] + deepstack[index])
        return self.norm(x)


class Qwen3VL(nn.Module):
    """The whole model, lm_head tied to the token embedding."""

    def __init__(self, config: Config, image_pad: int):
        super().__init__()
        self.config, self.image_pad = config, image_pad
        self.visual = VisionModel(config.vision, config.text.hidden_size)
        self.language_model = TextModel(config.text)

    def encode_pictures(
        self, pictures: Sequence[tuple[Tensor, Grid]]
    ) -> tuple[Tensor, list[Tensor]]:
        """Features of all pictures one after another, [tokens, hidden], and per DeepStack layer."""
        features: list[Tensor] = []
        deepstack: list[list[Tensor]] = [[] for _ in self.config.vision.deepstack_visual_indexes]
        for patches, grid in pictures:
            merged, levels = self.visual(patches.unsqueeze(0), grid)
            features.append(merged[0])
            for collected, level in zip(deepstack, levels):
                collected.append(level[0])
        return torch.cat(features), [torch.cat(collected) for collected in deepstack]

    def embed(self, ids: Tensor, features: Tensor | None) -> tuple[Tensor, Tensor]:
        """Embeddings [batch, tokens, hidden] with features in place, and the image mask."""
        embeddings, visual = self.language_model.embed_tokens(ids), ids == self.image_pad
        if features is not None:
            embeddings = embeddings.masked_scatter(visual.unsqueeze(-1), features)
        return embeddings, visual

    def logits(self, hidden: Tensor) -> Tensor:
        return hidden @ self.language_model.embed_tokens.weight.T

    def forward(self, ids: list[int], pictures: Sequence[tuple[Tensor, Grid]] = ()) -> Tensor:
        """Logits [tokens, vocabulary] of one sequence with its pictures in order."""
        features, deepstack = self.encode_pictures(pictures) if pictures else (None, [])
        return self._decode(ids, [grid for _, grid in pictures], features, deepstack)

    @torch.no_grad()
    def generate(
        self,
        ids: list[int],
        pictures: Sequence[tuple[Tensor, Grid]],
        max_tokens: int,
        end_ids: Sequence[int],
    ) -> list[int]:
        """Greedy continuation up to and including an end token.

        Every step runs the whole sequence again: slow, but nothing can go stale.
        """
        features, deepstack = self.encode_pictures(pictures) if pictures else (None, [])
        grids = [grid for _, grid in pictures]
        answer: list[int] = []
        while len(answer) < max_tokens and not (answer and answer[-1] in end_ids):
            scores = self._decode(ids + answer, grids, features, deepstack)
            answer.append(int(scores[-1].argmax()))
        return answer

    def _decode(
        self, ids: list[int], grids: list[Grid], features: Tensor | None, deepstack: list[Tensor]
    ) -> Tensor:
        merge = self.config.vision.spatial_merge_size
        positions, _ = mrope_positions(ids, grids, self.image_pad, merge)
        embeddings, visual = self.embed(torch.tensor([ids]), features)
        return self.logits(self.language_model(embeddings, positions, visual, deepstack))[0]
