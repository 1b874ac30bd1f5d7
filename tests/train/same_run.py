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
    """Spec and genotype, results, journals without times, and all tensors in the files of weights and checkpoints."""
    for name in ("resolved.sdhs", "genotype.sdhs"):
        assert (first / name).exists() == (second / name).exists()
        assert not (first / name).exists() or (first / name).read_text() == (second / name).read_text()
    one, other = (RunFolder(folder).read_summary() for folder in (first, second))
    assert one.complete == other.complete
    results = [None if s.evaluation is None else (s.evaluation.metrics, s.evaluation.firing_rates) for s in (one, other)]
    assert results[0] == results[1]
    assert told(first) == told(second)
    names = sorted(str(p.relative_to(second)) for p in second.rglob("*.safetensors"))
    assert names == sorted(str(p.relative_to(first)) for p in first.rglob("*.safetensors"))
    for name in names:
        one, other = tensors_of(first / name), tensors_of(second / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[k], other[k]) for k in one), name


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path)
