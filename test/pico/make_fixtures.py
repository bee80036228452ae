"""Writes the reference values that the TypeScript tests compare with.

    python3 make_fixtures.py [parity] [eval] [image] [geometry]

Without names, all of them. The same inputs give the same files, byte for byte, on the
same versions of PyTorch and Pillow.
"""

import sys

import torch

import fixtures_eval
import fixtures_geometry
import fixtures_image
import fixtures_parity

MAKERS = {
    "parity": fixtures_parity.make,
    "eval": fixtures_eval.make,
    "image": fixtures_image.make,
    "geometry": fixtures_geometry.make,
}


def main() -> None:
    names = sys.argv[1:] or list(MAKERS)
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; known: {', '.join(MAKERS)}")
    # One thread: sums then always run in the same order.
    torch.set_num_threads(1)
    for name in names:
        for path in MAKERS[name]():
            print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
