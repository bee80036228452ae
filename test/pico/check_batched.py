"""Checks that the training's forward pass computes what the reference model computes.

    python3 check_batched.py

Rows of many branches go through `batched.py`; every branch goes through `model.py` as a
conversation of its own. The logits must agree to rounding.
"""

from random import Random

import torch

import batches
import conversations
from batched import BatchedModel
from conversation import build_prompt, question_about_picture
from conversations import BLIND, RowMaker, joined
from export import load_pair
from questions import questions_about_two
from train import in_place

LARGEST_DIFFERENCE = 1e-3
ROWS = 6


def main() -> None:
    model, tokenizer = load_pair()
    maker = RowMaker(tokenizer, model.config)
    conversations.FOLLOW_UP_SHARE = 0.0
    compared, worst = 0, 0.0
    for seed in range(6):
        rng = Random(seed)
        drawn = [batches.draw_scenes(rng, ROWS) for _ in range(1 + seed % 2)]
        grids = [batches.grid_of(scenes[0]) for scenes in drawn]
        rows = []
        for scenes in zip(*drawn):
            questions = scenes[0].questions
            if len(drawn) == 2:
                questions = questions_about_two(rng, [(s.shapes, s.line) for s in scenes])
            rows.append(maker.row(rng, grids, questions))
        batch = joined(rows, model.config.text)
        with torch.no_grad():
            batched = BatchedModel(model)
            seen = [batched.vision(batches.pixels_of(scenes)) for scenes in drawn]
            levels = [in_place(batch["ids"], level, model.image_pad) for level in zip(*seen)]
            logits = batched.decode(
                batch["ids"], levels, batch["angles"], batch["mask"], batch["asked"]
            )
            for index, (row, scenes) in enumerate(zip(rows, zip(*drawn))):
                for number in range(row.answers[-1] + 1):
                    here = [at for at, each in enumerate(row.answers) if each == number]
                    branch = row.branch[row.asked[here[0]]]
                    own = [i for i, b in zip(row.ids, row.branch) if b == branch]
                    blind = branch == BLIND
                    prefix = [] if blind else [i for i, b in zip(row.ids, row.branch) if b == 0]
                    images = [] if blind else [scene.image for scene in scenes]
                    pictures = build_prompt(
                        model, tokenizer, question_about_picture("", len(images)), images
                    ).pictures
                    alone = model((prefix + own)[:-1], pictures)[-len(here) :]
                    worst = max(worst, float((logits[index, here] - alone).abs().max()))
                    compared += 1
    print(f"{compared} branches, largest difference of a logit {worst:.1e}")
    if worst > LARGEST_DIFFERENCE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
