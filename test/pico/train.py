"""Trains pico on synthetic scenes, on a CPU.

    python3 train.py pico.pt                     from nothing; goes on where it stopped
    python3 train.py third.pt --start shipped --dense-steps 0 --run 2

Two stages. In the dense stage the vision encoder alone learns to tell what is in every
cell of a picture (`dense.py`). In the joint stage the whole model answers several
questions about each picture, while the lessons of the dense stage go on beside it.
"""

import argparse
import functools
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, distributed, nn

import batches
from batched import BatchedModel
from config import Config
from conversations import IGNORED, RowMaker
from dense import DenseHeads
from export import load_pair, load_tokenizer
from model import Qwen3VL
from muon import Muon
from tally import Tally

DENSE_BATCH = 48
PORT = 29_517
PEAK_RATE = 2e-3
WARMUP_STEPS = 60
# The last part of a stage, over which the rate falls to nothing.
COOLDOWN = 0.4
SAVE_EVERY = 100
REPORT_EVERY = 50
# Processes train on scenes of their own and meet in the mean of their weights this often.
AVERAGE_EVERY = 5
TALLY_EVERY = 200
JOINT_BATCH = 16
DENSE_WEIGHT = 0.3


def in_place(ids: Tensor, features: tuple[Tensor, ...], image_pad: int) -> Tensor:
    """Features [rows, tokens, hidden] of each picture, at the places of its tokens in ids."""
    places = (ids[0] == image_pad).nonzero()[:, 0]
    placed = features[0].new_zeros(*ids.shape, features[0].shape[-1])
    return placed.index_copy(1, places, torch.cat(features, 1))


def rate(step: int, steps: int, falls: bool) -> float:
    """Linear warm-up, a plateau, and where it `falls`, a linear way down at the end."""
    down = min(1.0, (steps - step) / (COOLDOWN * steps)) if falls else 1.0
    return PEAK_RATE * min(1.0, (step + 1) / WARMUP_STEPS) * max(down, 0.01)


def optimizers(modules: list[nn.Module]) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of hidden layers, AdamW for all else."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for module in modules:
        for name, parameter in module.named_parameters():
            hidden = parameter.ndim == 2 and not isinstance(module, DenseHeads)
            outer = "embed" in name
            (matrices if hidden and not outer else others).append(parameter)
    return [Muon(matrices), torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.01)]


class Training:
    """A training in a file: stage, step, weights and the optimisers' state."""

    def __init__(
        self,
        path: Path,
        start: Path | None,
        model: Qwen3VL,
        run: int,
        rank: int = 0,
        processes: int = 1,
    ):
        self.path, self.model, self.run = path, model, run
        self.rank, self.processes = rank, processes
        self.heads = DenseHeads(model.config.text.hidden_size)
        self.saved = torch.load(path) if path.exists() else None
        known = self.saved or (torch.load(start) if start and start.exists() else None)
        if known:
            self.model.load_state_dict(known["model"])
            self.heads.load_state_dict(known["heads"])
        self.batched = BatchedModel(model)
        tokenizer = load_tokenizer()
        self.maker = RowMaker(tokenizer, model.config)
        self.tally = Tally(tokenizer)

    def dense(self, steps: int) -> None:
        make = functools.partial(batches.dense_batch, pictures=DENSE_BATCH)
        self._stage(0, "dense", steps, make, self._dense_losses, [self.model.visual, self.heads])

    def _dense_losses(self, batch: dict[str, Any]) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        for pixels, labels in zip(batch["pixels"], batch["dense"]):
            levels = self.batched.vision(pixels)
            for name, loss in self.heads.losses(levels, labels).items():
                losses[name] = losses.get(name, 0) + loss / len(batch["pixels"])
        return losses

    def joint(self, steps: int) -> None:
        make = functools.partial(batches.joint_batch, maker=self.maker, rows=JOINT_BATCH)
        self._stage(1, "joint", steps, make, self._joint_losses, [self.model, self.heads])

    def _joint_losses(self, batch: dict[str, Any]) -> dict[str, Tensor]:
        seen = [self.batched.vision(pixels) for pixels in batch["pixels"]]
        dense: Tensor | float = 0.0
        for levels, labels in zip(seen, batch["dense"]):
            losses = self.heads.losses(levels, labels)
            dense = dense + torch.stack(list(losses.values())).sum() / len(seen)
        levels = [in_place(batch["ids"], level, self.model.image_pad) for level in zip(*seen)]
        logits = self.batched.decode(
            batch["ids"], levels, batch["angles"], batch["mask"], batch["asked"]
        )
        loss = F.cross_entropy(
            logits.float().flatten(0, 1),
            batch["labels"].flatten(),
            ignore_index=IGNORED,
            reduction="sum",
        )
        self.tally.count(logits.argmax(-1), batch)
        answers = (batch["answers"].amax(1) + 1).sum()
        return {"answers": loss / answers, "dense": DENSE_WEIGHT * dense}

    def _stage(self, number, name, steps, make, losses_of, modules) -> None:
        """Runs what is left of a stage."""
        chosen = optimizers(modules)
        first = 0
        if self.saved and self.saved["stage"] >= number:
            if self.saved["stage"] > number:
                return
            first = self.saved["step"]
            for optimizer, state in zip(chosen, self.saved["optimizers"]):
                optimizer.load_state_dict(state)
        parameters = [parameter for module in modules for parameter in module.parameters()]
        # Every step of every process has a seed of its own.
        stage = (2 * self.run + number) * batches.SEEDS_PER_STAGE
        seeds = range(stage, stage + batches.SEEDS_PER_STAGE)
        own = seeds[first * self.processes + self.rank : steps * self.processes : self.processes]
        mean: dict[str, float] = {}
        started = time.monotonic()
        for step, batch in enumerate(batches.ahead(make, own), first):
            with torch.autocast("cpu", torch.bfloat16):
                losses = losses_of(batch)
            torch.stack(list(losses.values())).sum().backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            for optimizer in chosen:
                for group in optimizer.param_groups:
                    group["lr"] = rate(step, steps, falls=number == 1)
                optimizer.step()
                optimizer.zero_grad()
            if step % AVERAGE_EVERY == AVERAGE_EVERY - 1 or step == steps - 1:
                self._average(parameters)
            for key, loss in losses.items():
                mean[key] = 0.97 * mean.get(key, loss.item()) + 0.03 * loss.item()
            if self.rank > 0:
                continue
            if step % REPORT_EVERY == 0 or step == steps - 1:
                seconds = (time.monotonic() - started) / (step - first + 1)
                shown = " ".join(f"{key} {value:.3f}" for key, value in mean.items())
                print(f"{name} {step}: {shown} ({seconds:.2f} s a step)", flush=True)
                if step % TALLY_EVERY == 0:
                    print(self.tally.report(), flush=True)
            if step % SAVE_EVERY == SAVE_EVERY - 1 or step == steps - 1:
                self._save(number, step + 1, chosen)

    @torch.no_grad()
    def _average(self, parameters: list[Tensor]) -> None:
        """Gives all processes the mean of their weights."""
        if self.processes == 1:
            return
        flat = torch.cat([parameter.flatten() for parameter in parameters])
        distributed.all_reduce(flat)
        flat /= self.processes
        for parameter, value in zip(parameters, flat.split([each.numel() for each in parameters])):
            parameter.copy_(value.view_as(parameter))

    def _save(self, stage: int, step: int, chosen: list[torch.optim.Optimizer]) -> None:
        state = {
            "model": self.model.state_dict(),
            "heads": self.heads.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in chosen],
            "stage": stage,
            "step": step,
        }
        # Written beside and then renamed: an interruption leaves the last good file.
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)


def write_weights(checkpoint: Path, weights: Path) -> None:
    """Writes what another training starts from: no optimisers' state, values in half width."""
    saved = torch.load(checkpoint)
    kept = {
        part: {name: value.half() for name, value in saved[part].items()}
        for part in ("model", "heads")
    }
    torch.save(kept, weights)


def train(rank: int, arguments: argparse.Namespace) -> None:
    """One of the processes that train together."""
    if arguments.processes > 1:
        distributed.init_process_group(
            "gloo",
            init_method=f"tcp://127.0.0.1:{PORT}",
            rank=rank,
            world_size=arguments.processes,
        )
    # One thread each: two threads of one process would wait for each other after every product.
    torch.set_num_threads(1)
    torch.manual_seed(arguments.run)
    shipped = arguments.start == "shipped"
    config = Config()
    model = load_pair()[0] if shipped else Qwen3VL(config, load_tokenizer().image_pad)
    start = None if shipped or not arguments.start else Path(arguments.start)
    if start and not start.exists():
        raise SystemExit(f"there is no {start}")
    training = Training(
        arguments.checkpoint,
        start,
        model,
        arguments.run,
        rank,
        arguments.processes,
    )
    training.model.train()
    if arguments.dense_steps:
        training.dense(arguments.dense_steps)
    if arguments.joint_steps:
        training.joint(arguments.joint_steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkpoint", type=Path, help="written; continued if it exists")
    parser.add_argument("--start", default="", help="'shipped' or another checkpoint")
    parser.add_argument("--dense-steps", type=int, default=800)
    parser.add_argument("--joint-steps", type=int, default=3000)
    parser.add_argument("--run", type=int, default=0, help="another number gives other scenes")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write-weights", type=Path, help="write these only, and end")
    arguments = parser.parse_args()
    if arguments.write_weights:
        write_weights(arguments.checkpoint, arguments.write_weights)
    elif arguments.processes == 1:
        train(0, arguments)
    else:
        torch.multiprocessing.spawn(train, (arguments,), arguments.processes)


if __name__ == "__main__":
    main()
