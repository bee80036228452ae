"""From messages and pictures to token ids and answers, as the site does it."""

from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from chat import expand_images, render
from model import Qwen3VL, pixel_values
from positions import Grid, image_tokens
from tokenizer import Tokenizer

# Four boxes take 170.
MAX_ANSWER_TOKENS = 192


@dataclass(frozen=True)
class Prompt:
    """`text` has one placeholder per picture, `ids` one per image token."""

    text: str
    ids: list[int]
    pictures: list[tuple[Tensor, Grid]]


def question_about_picture(question: str, pictures: int = 1) -> list[dict[str, Any]]:
    """One user turn: the picture or pictures, then the question."""
    content = [{"type": "image"}] * pictures + [{"type": "text", "text": question}]
    return [{"role": "user", "content": content}]


def build_prompt(
    model: Qwen3VL,
    tokenizer: Tokenizer,
    messages: list[dict[str, Any]],
    images: list[Image.Image],
) -> Prompt:
    """images are those of the messages in order, their sides multiples of 32."""
    vision = model.config.vision
    pictures = [pixel_values(image, vision) for image in images]
    counts = [image_tokens(grid, vision.spatial_merge_size) for _, grid in pictures]
    text = render(messages)
    return Prompt(text, tokenizer.encode(expand_images(text, counts)), pictures)


@torch.no_grad()
def greedy_or(
    model: Qwen3VL,
    tokenizer: Tokenizer,
    messages: list[dict[str, Any]],
    images: list[Image.Image],
    truth: str,
) -> str:
    """The greedy answer, found in one step where it is `truth`: then every token of `truth`
    is the likeliest one after those before it."""
    prompt = build_prompt(model, tokenizer, messages, images)
    ids = tokenizer.encode(truth) + [tokenizer.end_of_turn]
    scores = model(prompt.ids + ids[:-1], prompt.pictures)[-len(ids) :]
    if scores.argmax(-1).tolist() == ids:
        return truth
    return answer(model, tokenizer, messages, images)


def answer(
    model: Qwen3VL,
    tokenizer: Tokenizer,
    messages: list[dict[str, Any]],
    images: list[Image.Image],
) -> str:
    """The greedy answer, without its end token."""
    prompt = build_prompt(model, tokenizer, messages, images)
    ends = (tokenizer.end_of_turn, tokenizer.end_of_text)
    ids = model.generate(prompt.ids, prompt.pictures, MAX_ANSWER_TOKENS, ends)
    return tokenizer.decode(ids[:-1] if ids[-1] in ends else ids)
