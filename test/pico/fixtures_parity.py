"""Prompts with the reference model's tokens, positions, features and logits.

`cases.json` describes, `cases.bin` holds little-endian float32 arrays at the byte
offsets given. Weights are those of the shipped GGUF pair, dequantised.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from conversation import build_prompt
from export import ROOT, load_pair
from model import Qwen3VL, pixel_values
from parity_cases import CASES, PICTURES, make_picture
from positions import mrope_positions
from tokenizer import Tokenizer

FOLDER = ROOT / "test" / "fixtures" / "parity"
ROWS = 10
GREEDY_TOKENS = 24
# Pictures whose patches are stored whole; the others are checked through their features.
PICTURES_WITH_PATCHES = ("shapes-160x64.png", "waves-96x96.png")
# A greedy step closer than this could fall either way in another correct engine.
LEAST_MARGIN = 2e-3


class Blob:
    """Arrays one after another; `add` returns where each begins, in bytes."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, values: Tensor) -> int:
        offset = len(self.data)
        self.data += values.detach().numpy().astype("<f4").tobytes()
        return offset


def make() -> list[Path]:
    model, tokenizer = load_pair()
    blob = Blob()
    images = {name: make_picture(name) for name in PICTURES}
    (FOLDER / "pictures").mkdir(parents=True, exist_ok=True)
    for name, image in images.items():
        image.save(FOLDER / "pictures" / name, optimize=True)
    with torch.no_grad():
        pictures = {name: _picture(model, blob, name, image) for name, image in images.items()}
        cases = [_case(model, tokenizer, blob, images, case) for case in CASES]
    description = {
        "vocabSize": model.config.text.vocab_size,
        "hiddenSize": model.config.text.hidden_size,
        "maxPixels": model.config.vision.image_max_pixels,
        "pictures": pictures,
        "cases": cases,
    }
    listing, arrays = FOLDER / "cases.json", FOLDER / "cases.bin"
    # One case a line keeps the file small and a change readable.
    body = ",\n".join(
        f"{json.dumps(key)}: {_lines(value)}" for key, value in description.items()
    )
    listing.write_text(f"{{\n{body}\n}}\n")
    arrays.write_bytes(blob.data)
    return [listing, arrays]


def _lines(value: Any) -> str:
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(item, **compact) for item in value) + "\n]"
    if isinstance(value, dict):
        items = (f"{json.dumps(k)}:{json.dumps(v, **compact)}" for k, v in value.items())
        return "{\n" + ",\n".join(items) + "\n}"
    return json.dumps(value)


def _picture(model: Qwen3VL, blob: Blob, name: str, image: Image.Image) -> dict[str, Any]:
    patches, grid = pixel_values(image, model.config.vision)
    features, deepstack = model.encode_pictures([(patches, grid)])
    entry = {
        "width": image.width,
        "height": image.height,
        "gridThw": list(grid),
        "vision": blob.add(features),
        "deepstack": [blob.add(level) for level in deepstack],
    }
    if name in PICTURES_WITH_PATCHES:
        entry["pixelValues"] = blob.add(patches)
    return entry


def _case(
    model: Qwen3VL,
    tokenizer: Tokenizer,
    blob: Blob,
    images: dict[str, Image.Image],
    case: dict[str, Any],
) -> dict[str, Any]:
    used = [
        images[part["picture"]]
        for message in case["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image"
    ]
    prompt = build_prompt(model, tokenizer, case["messages"], used)
    vision = model.config.vision
    positions, delta = mrope_positions(
        prompt.ids,
        [grid for _, grid in prompt.pictures],
        tokenizer.image_pad,
        vision.spatial_merge_size,
    )
    logits = model(prompt.ids, prompt.pictures)
    rows = np.unique(np.linspace(0, len(prompt.ids) - 1, ROWS).round().astype(int)).tolist()
    ends = (tokenizer.end_of_turn, tokenizer.end_of_text)
    greedy = model.generate(prompt.ids, prompt.pictures, GREEDY_TOKENS, ends)
    margin = _least_margin(model, prompt.ids, prompt.pictures, greedy)
    if margin < LEAST_MARGIN:
        raise ValueError(f"{case['name']}: a greedy step is decided by {margin:.5f} only")
    return {
        "name": case["name"],
        "messages": case["messages"],
        "prompt": prompt.text,
        "tokenIds": prompt.ids,
        "positions": positions.tolist(),
        "delta": delta,
        "rows": rows,
        "logits": blob.add(logits[rows]),
        "greedy": greedy,
        "greedyMargin": round(margin, 4),
    }


def _least_margin(
    model: Qwen3VL, ids: list[int], pictures: list[Any], greedy: list[int]
) -> float:
    """The smallest lead of a chosen token's logit over the runner-up's."""
    logits = model(ids + greedy[:-1], pictures)[-len(greedy) :]
    best = logits.topk(2).values
    assert logits.argmax(-1).tolist() == greedy
    return float((best[:, 0] - best[:, 1]).min())
