"""What is said where somebody wants to train on boxes around objects."""

NAMES = frozenset(
    ("box", "boxes", "bbox", "bboxes", "bounding_box", "bounding_boxes", "detect", "detection", "detector", "object_detection")
)
"""Names by which a task of boxes is asked for."""

NO_BOXES = (
    "detection of boxes isn't supported: a network gives equally many values for each sample, boxes differ in number, "
    "and there is no loss, matching or score for them"
)

INSTEAD = (
    "targets are a class, a class for each time step, label maps, optical flow, disparities, depths or numbers; "
    "a plug-in adds a task of its own (docs/extending.md, `A task`)"
)


def no_boxes(name: str) -> str | None:
    """What to say of a name that asks for boxes; None for other names."""
    return f"{NO_BOXES}; {INSTEAD}" if name.lower().replace("-", "_") in NAMES else None
