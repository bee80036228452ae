"""The correspondence between the model's parameters and the tensors of a GGUF pair.

Names and shapes are those that llama.cpp's converter writes for `qwen3vl` and for
`clip` with projector `qwen3vl_merger`.
"""

import re

import numpy as np
import torch
from torch import Tensor

from config import Config

_TEXT_LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_VISION_BLOCK = {
    "norm1": "ln1",
    "norm2": "ln2",
    "attn.qkv": "attn_qkv",
    "attn.proj": "attn_out",
    "mlp.linear_fc1": "ffn_up",
    "mlp.linear_fc2": "ffn_down",
}
_DEEPSTACK = {"norm": "norm", "linear_fc1": "fc1", "linear_fc2": "fc2"}
_WHOLE = {
    "language_model.embed_tokens": "token_embd",
    "language_model.norm": "output_norm",
    "visual.patch_embed.proj": "v.patch_embd",
    "visual.pos_embed": "v.position_embd",
    "visual.merger.norm": "v.post_ln",
    "visual.merger.linear_fc1": "mm.0",
    "visual.merger.linear_fc2": "mm.2",
}
_NUMBERED = re.compile(
    r"(language_model\.layers|visual\.blocks|visual\.deepstack_merger_list)\.(\d+)\.(.+)"
)


def tensor_name(parameter: str, config: Config) -> str:
    """The GGUF name of a parameter, such as `blk.0.attn_q.weight`."""
    module, suffix = parameter.rsplit(".", 1)
    if module in _WHOLE:
        return f"{_WHOLE[module]}.{suffix}"
    part, number, rest = _NUMBERED.fullmatch(module).groups()
    if part == "language_model.layers":
        return f"blk.{number}.{_TEXT_LAYER[rest]}.{suffix}"
    if part == "visual.blocks":
        return f"v.blk.{number}.{_VISION_BLOCK[rest]}.{suffix}"
    # A DeepStack merger is numbered by the vision block it taps.
    block = config.vision.deepstack_visual_indexes[int(number)]
    return f"v.deepstack.{block}.{_DEEPSTACK[rest]}.{suffix}"


def to_tensors(state: dict[str, Tensor], config: Config) -> dict[str, np.ndarray]:
    """Parameters under their GGUF names; the patch embedding is cut into its two frames."""
    tensors: dict[str, np.ndarray] = {}
    for parameter, value in state.items():
        name, array = tensor_name(parameter, config), value.detach().numpy()
        if name == "v.patch_embd.weight":
            v = config.vision
            shape = (-1, v.in_channels, v.temporal_patch_size, v.patch_size, v.patch_size)
            kernel = array.reshape(shape)
            tensors[name], tensors[f"{name}.1"] = kernel[:, :, 0], kernel[:, :, 1]
        else:
            tensors[name] = array
    return tensors


def to_state(
    tensors: dict[str, np.ndarray], parameters: list[str], config: Config
) -> dict[str, Tensor]:
    """The inverse of to_tensors, for the given parameter names."""
    state = {}
    for parameter in parameters:
        name = tensor_name(parameter, config)
        array = tensors[name]
        if name == "v.patch_embd.weight":
            array = np.stack([array, tensors[f"{name}.1"]], 2).reshape(array.shape[0], -1)
        state[parameter] = torch.from_numpy(array)
    return state
