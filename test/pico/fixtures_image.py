"""Picture sizes after the reference's rounding, and pictures resized by Pillow."""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from export import ROOT
from drawing import FONTS, font

FOLDER = ROOT / "test" / "fixtures" / "image"
FACTOR = 32
MAX_ASPECT = 200
# (least, most) pixels: the published limits, a browser's budget, pico's own.
BUDGETS = ((65_536, 16_777_216), (65_536, 1_048_576), (9_216, 65_536))
SIZES = 1_000


def smart_resize(height: int, width: int, least: int, most: int) -> list[int] | None:
    """Height and width as Qwen2-VL's image processor chooses them; None where it refuses.

    Python rounds halves to even. The scale is taken from the sides before rounding.
    """
    if max(height, width) / min(height, width) > MAX_ASPECT:
        return None
    rows, cols = round(height / FACTOR), round(width / FACTOR)
    area = rows * cols * FACTOR**2
    if area > most:
        beta = math.sqrt((height * width) / most)
        rows = max(1, math.floor(height / beta / FACTOR))
        cols = max(1, math.floor(width / beta / FACTOR))
    elif area < least:
        beta = math.sqrt(least / (height * width))
        rows, cols = math.ceil(height * beta / FACTOR), math.ceil(width * beta / FACTOR)
    return [rows * FACTOR, cols * FACTOR]


def _sizes() -> list[tuple[int, int]]:
    """Heights and widths: chosen hard ones first, then chance of several kinds."""
    rng = Random(20)
    sizes = [(1, 1), (1, 200), (200, 1), (1, 201), (201, 1), (7, 1400), (7, 1401)]
    sizes += [(10_000, 10_000)]
    sizes += [(9_000, 12_000), (65_535, 400), (400, 65_535), (32, 6_400), (6_401, 32), (31, 33)]
    # Exactly between two multiples of 32: halves go to the even neighbour.
    sizes += [(16 + 32 * a, 16 + 32 * b) for a in range(12) for b in range(12)]
    # On, just under and just over each limit.
    for limit in sorted({limit for pair in BUDGETS for limit in pair}):
        side = math.isqrt(limit)
        sizes += [(side + a, side + b) for a in (-17, -16, 0, 16, 17) for b in (-16, 0, 15, 16)]
    # Common screens, photos and pages.
    for width, height in ((640, 480), (1280, 720), (1920, 1080), (3840, 2160), (4032, 3024)):
        sizes += [(height, width), (width, height)]
    sizes += [(3508, 2480), (1170, 2532), (2532, 1170), (6000, 4000), (8064, 6048)]
    sizes += [(12_240, 16_320)]
    while len(set(sizes)) < SIZES:
        area = math.exp(rng.uniform(math.log(64), math.log(60_000_000)))
        stretch = rng.choice((1.0, rng.uniform(1, 2), rng.uniform(1, 14), rng.uniform(14, 15)))
        sides = max(1, round(math.sqrt(area) * stretch)), max(1, round(math.sqrt(area) / stretch))
        sizes.append(sides if rng.random() < 0.5 else sides[::-1])
    return list(dict.fromkeys(sizes))


def _make_sizes() -> Path:
    path = FOLDER / "sizes.json"
    table = [[h, w, [smart_resize(h, w, *budget) for budget in BUDGETS]] for h, w in _sizes()]
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in table)
    head = {"factor": FACTOR, "budgets": BUDGETS}
    path.write_text(json.dumps(head)[:-1] + f', "sizes": [\n{rows}\n]}}\n')
    return path


def _noise(width: int, height: int) -> Image.Image:
    pixels = np.random.RandomState(width + height).randint(0, 256, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def _gradient(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    across, down = x / max(1, width - 1), y / max(1, height - 1)
    pixels = 255 * np.stack([across, down, 1 - (across + down) / 2], -1)
    return Image.fromarray(pixels.round().astype(np.uint8))


def _checks(width: int, height: int) -> Image.Image:
    """Single-pixel checks: the hardest overshoot for a bicubic filter."""
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(((x + y) % 2 * 255).astype(np.uint8)).convert("RGB")


def _lines_picture(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for step in range(0, max(width, height), 9):
        draw.line([(step, 0), (width - 1 - step, height - 1)], fill=(step * 7 % 256, 0, 90))
        draw.line([(0, step), (width - 1, step)], fill=(0, step * 5 % 256, 160))
    return image


def _text(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    for row, size in enumerate((9, 12, 16, 22, 30)):
        place = (4, 2 + row * height // 5)
        draw.text(place, f"Glance {size} px", fill=(20, 30, 60), font=font(FONTS[0], size))
    return image


def _photo(width: int, height: int) -> Image.Image:
    """Soft blobs, a horizon and grain, with the statistics of a photograph more or less."""
    rng = np.random.RandomState(width * 31 + height)
    y, x = np.mgrid[0:height, 0:width]
    sky = np.stack([120 + 60 * y / height, 150 + 40 * y / height, 210 - 30 * y / height], -1)
    pixels = np.where((y > height * 0.6)[..., None], np.array([90.0, 110.0, 60.0]), sky)
    for _ in range(9):
        center_x, center_y = rng.uniform(0, width), rng.uniform(0, height)
        reach = rng.uniform(0.05, 0.25) * width
        near = np.exp(-((x - center_x) ** 2 + (y - center_y) ** 2) / reach**2)[..., None]
        pixels = pixels * (1 - near) + rng.uniform(0, 255, 3) * near
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    grain = rng.normal(0, 3, (height, width, 3))
    softened = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), dtype=float)
    return Image.fromarray((softened + grain).clip(0, 255).astype(np.uint8))


_DRAW = {
    "noise": _noise,
    "gradient": _gradient,
    "checks": _checks,
    "lines": _lines_picture,
    "text": _text,
    "photo": _photo,
}

# kind, source width x height, target width x height
RESIZES = (
    ("noise", (150, 111), (96, 64)),
    ("noise", (37, 53), (128, 192)),
    ("noise", (128, 128), (32, 32)),
    ("gradient", (301, 200), (128, 96)),
    ("gradient", (23, 31), (160, 224)),
    ("gradient", (400, 3), (256, 32)),
    ("checks", (129, 97), (64, 64)),
    ("checks", (64, 64), (96, 96)),
    ("checks", (255, 255), (128, 128)),
    ("lines", (397, 283), (192, 128)),
    ("lines", (240, 240), (256, 256)),
    ("lines", (99, 310), (32, 96)),
    ("text", (200, 150), (128, 96)),
    ("text", (333, 211), (160, 96)),
    ("text", (120, 110), (224, 192)),
    ("photo", (320, 213), (128, 96)),
    ("photo", (255, 340), (192, 256)),
    ("photo", (101, 77), (128, 96)),
    ("photo", (1, 1), (96, 96)),
    ("photo", (300, 225), (33, 47)),
)


def _make_resized() -> list[Path]:
    folder = FOLDER / "resize"
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder / "resize.json"
    entries, paths = [], [listing]
    for index, (kind, source_size, (width, height)) in enumerate(RESIZES):
        source = _DRAW[kind](*source_size)
        expected = source.resize((width, height), Image.Resampling.BICUBIC)
        names = f"{index:02}-{kind}.png", f"{index:02}-{kind}-{width}x{height}.png"
        for name, image in zip(names, (source, expected)):
            image.save(folder / name, optimize=True)
            paths.append(folder / name)
        entries.append(
            {"source": names[0], "width": width, "height": height, "expected": names[1]}
        )
    rows = ",\n".join(json.dumps(entry) for entry in entries)
    listing.write_text(f"[\n{rows}\n]\n")
    return paths


def make() -> list[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return [_make_sizes(), *_make_resized()]
