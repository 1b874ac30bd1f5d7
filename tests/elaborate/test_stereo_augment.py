"""Augmentations that targets on pixels can't follow are refused by a check, not by the first sample of a training."""

from pathlib import Path

import pytest

from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
HAS = "can't be applied to true disparities, which `mvsec` has"


@pytest.mark.parametrize(
    ("augment", "summary", "help"),
    [
        ("resize(64)", f"`resize` {HAS}: between two pixels there is no target", "remove it from `augment`"),
        ("pad([300, 400])", f"`pad` {HAS}: there is no target in the padding", "remove it from `augment`"),
        (
            "random_crop([99, 99], padding = 4)",
            f"`random_crop` {HAS}: there is no target in the padding",
            "remove its `padding`",
        ),
        ("horizontal_flip", f"`horizontal_flip` {HAS}: what that does to their values isn't known", None),
        ("normalise([1, 2], [1])", "`normalise` has 2 means but 1 standard deviations", None),
        ("repeat(5)", "`repeat` needs grey images, but these have 5 channels", None),
        ("random_crop([200, 280], probability = 0.5), cutout(9)", None, None),
    ],
)
def test_what_suits(augment: str, summary: str | None, help: str | None) -> None:
    found = list(Program.read(SPECS / "stereo.sdhs", overrides=(f"mvsec.augment = [{augment}]",)).check())
    assert [(d.code, d.summary) for d in found] == ([] if summary is None else [("SG0320", summary)])
    assert help is None or [d.help for d in found] == [help]


def test_flow_and_label_maps_can_be_mirrored() -> None:
    for name in ("flow", "segment"):
        assert not list(Program.read(SPECS / f"{name}.sdhs", overrides=("scenes.augment = [horizontal_flip]",)).check())
