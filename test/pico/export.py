"""Writes a checkpoint as the GGUF pair that the site ships, and reads the pair back.

    python3 export.py checkpoint.pt
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from chat import CHAT_TEMPLATE
from config import Config, TextConfig, VisionConfig
from gguf import (
    TensorType,
    Value,
    ValueType,
    array,
    boolean,
    f32,
    quantize,
    read_gguf,
    string,
    u32,
    write_gguf,
)
from layout import to_state, to_tensors
from model import Qwen3VL
from tokenizer import SPECIAL_TOKENS, Tokenizer

ROOT = Path(__file__).resolve().parents[2]
MODEL_FOLDER = ROOT / "public" / "models" / "pico"
TEXT_FILE = MODEL_FOLDER / "pico-Q8_0.gguf"
VISION_FILE = MODEL_FOLDER / "mmproj-pico-F16.gguf"

# general.file_type, named after the type most tensors have (llama.cpp's LlamaFileType).
MOSTLY_F16 = 1
MOSTLY_Q8_0 = 7
QUANTIZATION_VERSION = 2

# The app's ready-made tasks (describe, read, find, point, table, chart, compare, document) that this model
# was trained to do, each in the wording of its training; "{}" stands for what the reader asks for.
TASKS = {
    "describe": "Describe the image.",
    "read": "What does the text say?",
    "find": "Locate the {}.",
    "compare": "Which picture shows {}?",
}

# tokenizer.ggml.token_type
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5


def _general(architecture: str, kind: str, file_type: int, parameters: int) -> dict[str, Value]:
    return {
        "general.architecture": string(architecture),
        "general.type": string(kind),
        "general.name": string("pico"),
        "general.basename": string("pico"),
        "general.description": string(
            "Glance's demo model: a two-million-parameter Qwen3-VL trained on synthetic scenes"
        ),
        "general.size_label": string(f"{parameters / 1e6:.1f}M"),
        "general.license": string("apache-2.0"),
        "general.tags": array(ValueType.STRING, ["image-text-to-text"]),
        "general.languages": array(ValueType.STRING, ["en"]),
        "general.file_type": u32(file_type),
        "general.quantization_version": u32(QUANTIZATION_VERSION),
    }


def _token_type(token: str) -> int:
    if token in SPECIAL_TOKENS:
        return CONTROL if token.startswith("<|") else USER_DEFINED
    return UNUSED if token.startswith("[PAD") else NORMAL


def _tokenizer_metadata(tokenizer: Tokenizer) -> dict[str, Value]:
    types = map(_token_type, tokenizer.tokens)
    return {
        "tokenizer.ggml.model": string("gpt2"),
        "tokenizer.ggml.pre": string("qwen2"),
        "tokenizer.ggml.tokens": array(ValueType.STRING, tokenizer.tokens),
        "tokenizer.ggml.token_type": array(ValueType.INT32, types),
        "tokenizer.ggml.merges": array(ValueType.STRING, map(" ".join, tokenizer.merges)),
        "tokenizer.ggml.bos_token_id": u32(tokenizer.end_of_text),
        "tokenizer.ggml.eos_token_id": u32(tokenizer.end_of_turn),
        "tokenizer.ggml.padding_token_id": u32(tokenizer.end_of_text),
        "tokenizer.ggml.add_bos_token": boolean(False),
        "tokenizer.chat_template": string(CHAT_TEMPLATE),
    }


def _text_metadata(config: TextConfig, deepstack_layers: int) -> dict[str, Value]:
    return {
        "qwen3vl.block_count": u32(config.num_hidden_layers),
        "qwen3vl.context_length": u32(config.context_length),
        "qwen3vl.embedding_length": u32(config.hidden_size),
        "qwen3vl.feed_forward_length": u32(config.intermediate_size),
        "qwen3vl.attention.head_count": u32(config.num_attention_heads),
        "qwen3vl.attention.head_count_kv": u32(config.num_key_value_heads),
        "qwen3vl.attention.key_length": u32(config.head_dim),
        "qwen3vl.attention.value_length": u32(config.head_dim),
        "qwen3vl.attention.layer_norm_rms_epsilon": f32(config.rms_norm_eps),
        "qwen3vl.rope.freq_base": f32(config.rope_theta),
        "qwen3vl.rope.dimension_sections": array(ValueType.INT32, [*config.mrope_section, 0]),
        "qwen3vl.n_deepstack_layers": u32(deepstack_layers),
        # Greedy: the model knows one answer to each question.
        "general.sampling.temp": f32(0.0),
        "glance.demo": boolean(True),
        "glance.tasks": array(ValueType.STRING, [f"{task}={wording}" for task, wording in TASKS.items()]),
    }


def _vision_metadata(config: VisionConfig, text_width: int) -> dict[str, Value]:
    taps = [block in config.deepstack_visual_indexes for block in range(config.depth)]
    return {
        "clip.has_vision_encoder": boolean(True),
        "clip.projector_type": string("qwen3vl_merger"),
        "clip.use_gelu": boolean(True),
        "clip.vision.image_size": u32(config.image_size),
        "clip.vision.image_min_pixels": u32(config.image_min_pixels),
        "clip.vision.image_max_pixels": u32(config.image_max_pixels),
        "clip.vision.patch_size": u32(config.patch_size),
        "clip.vision.embedding_length": u32(config.hidden_size),
        "clip.vision.feed_forward_length": u32(config.intermediate_size),
        "clip.vision.projection_dim": u32(text_width),
        "clip.vision.block_count": u32(config.depth),
        "clip.vision.attention.head_count": u32(config.num_heads),
        "clip.vision.attention.layer_norm_epsilon": f32(config.layer_norm_eps),
        "clip.vision.image_mean": array(ValueType.FLOAT32, config.image_mean),
        "clip.vision.image_std": array(ValueType.FLOAT32, config.image_std),
        "clip.vision.spatial_merge_size": u32(config.spatial_merge_size),
        "clip.vision.is_deepstack_layers": array(ValueType.BOOL, taps),
        "glance.image_pixels": u32(config.image_pixels),
    }


def _stored_type(name: str, values: np.ndarray, matrices: TensorType) -> TensorType:
    """The converter's rule: vectors and the position table stay f32."""
    if values.ndim == 1 or name == "v.position_embd.weight":
        return TensorType.F32
    return matrices


def export_pair(model: Qwen3VL, tokenizer: Tokenizer, text: Path, vision: Path) -> None:
    """Writes the text model with Q8_0 matrices and the vision encoder with F16 ones."""
    config = model.config
    tensors = to_tensors(model.state_dict(), config)
    is_vision = lambda name: name.startswith(("v.", "mm."))  # noqa: E731
    for path, vision_half, matrices in (
        (text, False, TensorType.Q8_0),
        (vision, True, TensorType.F16),
    ):
        stored = [
            quantize(name, values, _stored_type(name, values, matrices))
            for name, values in tensors.items()
            if is_vision(name) == vision_half
        ]
        parameters = sum(int(np.prod(tensor.shape)) for tensor in stored)
        if vision_half:
            metadata = _general("clip", "mmproj", MOSTLY_F16, parameters)
            metadata |= _vision_metadata(config.vision, config.text.hidden_size)
        else:
            taps = len(config.vision.deepstack_visual_indexes)
            metadata = _general("qwen3vl", "model", MOSTLY_Q8_0, parameters)
            metadata |= _text_metadata(config.text, taps) | _tokenizer_metadata(tokenizer)
        write_gguf(path, metadata, stored)


def load_pair(text: Path = TEXT_FILE, vision: Path = VISION_FILE) -> tuple[Qwen3VL, Tokenizer]:
    """The model with the pair's dequantised weights in f32, and the pair's tokenizer."""
    config = Config()
    tokenizer = load_tokenizer(text)
    tensors = read_gguf(text)[1] | read_gguf(vision)[1]
    values = {name: tensor.dequantize() for name, tensor in tensors.items()}
    model = Qwen3VL(config, tokenizer.image_pad)
    model.load_state_dict(to_state(values, list(model.state_dict()), config))
    return model.eval(), tokenizer


def load_tokenizer(text: Path = TEXT_FILE) -> Tokenizer:
    """The tokenizer in a text model's file."""
    metadata, _ = read_gguf(text)
    tokens = metadata["tokenizer.ggml.tokens"].value
    merges = [tuple(pair.split(" ")) for pair in metadata["tokenizer.ggml.merges"].value]
    return Tokenizer(tokens, merges)


def load_checkpoint(path: Path) -> tuple[Qwen3VL, Tokenizer]:
    """The model and tokenizer of a training checkpoint."""
    config = Config()
    tokenizer = load_tokenizer()
    model = Qwen3VL(config, tokenizer.image_pad)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=False)["model"])
    return model.eval(), tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--text", type=Path, default=TEXT_FILE)
    parser.add_argument("--vision", type=Path, default=VISION_FILE)
    arguments = parser.parse_args()
    model, tokenizer = load_checkpoint(arguments.checkpoint)
    export_pair(model, tokenizer, arguments.text, arguments.vision)
    for path in (arguments.text, arguments.vision):
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
