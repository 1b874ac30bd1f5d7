"""Comparison of two runs."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from spikegraph.runs.folder import RunFolder


def told(folder: Path) -> list[dict[str, object]]:
    """The journal without the times."""
    lines = RunFolder(folder).metrics.read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in lines]


def assert_same_run(first: Path, second: Path) -> None:
    """Journals without times, and all tensors in the files of weights and checkpoints."""
    assert told(first) == told(second)
    names = sorted(str(p.relative_to(second)) for p in second.rglob("*.safetensors"))
    assert names == sorted(str(p.relative_to(first)) for p in first.rglob("*.safetensors"))
    for name in names:
        one, other = tensors_of(first / name), tensors_of(second / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one), name


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path)
