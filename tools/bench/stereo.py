"""The stereo network: a step of the search, a step of the retraining, a stream."""

from pathlib import Path

import torch
from measure import Row, Side, compare

from spikegraph.backends.torch.allocator import keep_buffers
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy
from spikegraph.driver import Options, build

ROOT = Path(__file__).parents[2]
SPEC, GENOTYPE = ROOT / "specs" / "stereo.sdhs", ROOT / "specs" / "genotypes" / "stereo.sdhs"
CROP = (96, 132)


def events(steps: int, size: tuple[int, int]) -> dict[str, torch.Tensor]:
    """Random events, 10 % of the pixels, and the same shifted."""
    signs = torch.sign(torch.randn(steps, 1, 5, *size)) * (torch.rand(steps, 1, 5, *size) < 0.1)
    return {"left": signs, "right": signs.roll(-6, -1)}


def step(model: Model, inputs: dict[str, torch.Tensor], truth: torch.Tensor) -> None:
    """Forward, loss, backward."""
    planes = model.graph.node(model.graph.outputs["disparity"]).operands[0]
    values, _ = model.run(inputs, wanted=(planes,))
    model.zero_grad(set_to_none=True)
    subpixel_cross_entropy(values[planes][-len(truth) :], truth).backward()


def rows(runs: int) -> list[Row]:
    """Seconds; a bilevel step is two of the search's."""
    keep_buffers()
    torch.manual_seed(0)
    inputs, truth = events(8, CROP), torch.rand(6, 1, *CROP) * 20 + 4
    supernet = Model(build(SPEC, Options(phase="search", profile="sample")).graph).train()
    retrained = Model(build(SPEC, Options(phase="retrain", genotype=GENOTYPE, profile="sample")).graph).train()
    note = f"crop {CROP[0]} x {CROP[1]}, 16 planes, 8 steps, C = 12"
    search = compare({"supernet": Side(lambda: step(supernet, inputs, truth))}, runs)
    retrain = compare({"retrain": Side(lambda: step(retrained, inputs, truth))}, runs)
    found = [Row("forward and backward, search", search, note), Row("forward and backward, retraining", retrain, note)]
    return found + streaming(runs)


def streaming(runs: int) -> list[Row]:
    """One stack at 260 x 346 with the widths of Table 7, deployed."""
    found: list[Row] = []
    for planes in (12, 33):
        options = Options(phase="deploy", genotype=GENOTYPE, overrides=(f"stereo.planes={planes}",))
        stream = Model(build(SPEC, options).graph).eval().stream()
        inputs = {k: v[0] for k, v in events(1, (260, 346)).items()}

        def one(stream=stream, inputs=inputs) -> None:
            with torch.inference_mode():
                stream.step(inputs)

        found.append(Row(f"one stack, streaming, {planes} planes", compare({"deployed": Side(one)}, runs), "260 x 346, C = 24"))
    return found
