"""Boxes in answers: read from Qwen3-VL's JSON, and compared."""

import json

Box = tuple[float, float, float, float]


def boxes_in(answer: str) -> list[tuple[Box, str]] | None:
    """The boxes of an answer with their labels, or None for anything else."""
    try:
        return [(tuple(map(float, each["bbox_2d"])), each["label"]) for each in json.loads(answer)]
    except (ValueError, TypeError, KeyError):
        return None


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    if len(a) != 4 or len(b) != 4:
        return 0.0
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return common / (sum(areas) - common)


def is_right(task: str, said: str, truth: str) -> bool:
    """Letter for letter; for boxes the same things in the same order, each half covered."""
    if not task.startswith("box"):
        return said == truth
    found, wanted = boxes_in(said), boxes_in(truth)
    if found is None or wanted is None or len(found) != len(wanted):
        return False
    return all(
        label == name and overlap(box, place) >= 0.5
        for (box, label), (place, name) in zip(found, wanted)
    )
