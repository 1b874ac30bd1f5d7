"""`data check` with a spec finds what a training refuses by the label that it leaves out, and by the samples it holds out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spikegraph.data.check import check

from .checked_data import ARRAYS, IMAGES, LABEL_MAPS, LABELS, MAPS, PARTS, PIXELS, arrays, declared, images, maps, trained

IGNORING = "cross_entropy(logits, ignore = 0)"
USES: dict[str, tuple[str, Callable[[Path], None], str, bool]] = {
    "maps of two labels, one of them left out": (MAPS, maps(), IGNORING, False),
    "maps of three labels, one of them left out": (
        MAPS,
        maps(labels=LABEL_MAPS + LABEL_MAPS.T.reshape(10, 8, 8)),
        IGNORING,
        True,
    ),
    "a test whose labels are left out": (f"{ARRAYS}{PARTS}", arrays(x=PIXELS, y=LABELS * 0), IGNORING, False),
    "a share of arrays that leaves nothing": (ARRAYS, arrays(), "cross_entropy(logits)  validate = 0.01", False),
    "a share of arrays": (ARRAYS, arrays(), "cross_entropy(logits)  validate = 0.4", True),
    "a share of images that leaves nothing": (IMAGES, images({}), "cross_entropy(logits)  validate = 0.9", False),
    "validation data of one's own that aren't there": (IMAGES, images({}), "cross_entropy(logits)  validate = data", False),
}


@pytest.mark.parametrize("name", USES)
def test_the_verdict_is_that_of_the_run_on_the_data(tmp_path: Path, name: str) -> None:
    keys, write, loss, sound = USES[name]
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder)
    program = declared(folder, keys, loss)
    run = program.spec.retrain
    assert run is not None
    assert trained(program, folder) == sound
    report = check(folder, dataset=program.spec.datasets["mine"], runs=(run,))
    assert report.sound == sound, report.text()
