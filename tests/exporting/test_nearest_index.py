"""Nearest resizing in every format: sizes at which a rounded scale takes another pixel than i * n // m."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph

SIZES = ((26, 22), (2, 82), (14, 2), (20, 12))
"""torch's float32 scale is wrong for the first two, onnxruntime's for the others."""

TEXT = """sdhs 1
network net {{
  input a : real[1, {n}, {n}]
  input b : real[1, {m}, {m}]
  output y = resize(a, b)
}}
"""


def results(path: Path, a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    if path.suffix == ".onnx":
        session = import_module("onnxruntime").InferenceSession(path, providers=["CPUExecutionProvider"])
        return session.run(None, {"a": a[0].numpy(), "b": b[0].numpy()})[0]
    if path.suffix == ".pt2":
        return torch.export.load(path).module()(a[0], b[0])[0].numpy()
    namespace: dict = {"__file__": str(path)}
    exec(compile(path.read_text(), path, "exec"), namespace)
    return namespace["Net"]()(a, b)[0].detach().numpy()


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_every_format_takes_the_pixels_of_the_rule(tmp_path, n, m):
    spec = tmp_path / "net.sdhs"
    spec.write_text(TEXT.format(n=n, m=m))
    model = spikegraph.compile(spec).eval()
    a, b = torch.arange(n * n, dtype=torch.float32).reshape(1, 1, 1, n, n), torch.zeros(1, 1, 1, m, m)
    rule = [i * n // m for i in range(m)]
    wanted = a[0, ..., rule][..., rule, :].numpy()
    assert np.array_equal(model(a, b)[0].numpy(), wanted)
    for to, end in (("torch", "pt2"), ("onnx", "onnx"), ("python", "py")):
        path = tmp_path / f"net.{end}"
        spikegraph.export(model, path, to=to)
        assert np.array_equal(results(path, a, b), wanted), to
