"""The stereo network: a search step, a retraining step, and streaming."""

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from limits import Copy, limits_of
from measure import Row, Settings, Side, compare
from peers import operations_of_torch
from wanted import Wanted

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model, Stream
from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy
from spikegraph.base.allocator import keep_buffers
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2]
SPEC, GENOTYPE = ROOT / "specs" / "stereo.sdhs", ROOT / "specs" / "genotypes" / "stereo.sdhs"
CROP = (96, 132)
SIZE = ("stereo.planes = 16", "stereo.step = 2")
"""The similarity planes that are measured, whatever the sample has."""


def events(steps: int, size: tuple[int, int]) -> dict[str, torch.Tensor]:
    """Random events [T, N, 5, H, W] in 10 % of the pixels for `left`, and the same events shifted for `right`."""
    signs = torch.sign(torch.randn(steps, 1, 5, *size)) * (torch.rand(steps, 1, 5, *size) < 0.1)
    return {"left": signs, "right": signs.roll(-6, -1)}


def step(model: Model, inputs: dict[str, torch.Tensor], truth: torch.Tensor) -> None:
    """Forward, loss, backward."""
    planes = model.graph.node(model.graph.outputs["disparity"]).operands[0]
    values, _ = model.run(inputs, wanted=(planes,))
    model.zero_grad(set_to_none=True)
    subpixel_cross_entropy(values[planes][-len(truth) :], truth).backward()


def rows(settings: Settings) -> list[Row]:
    """Seconds of a step and of streaming; a bilevel search step takes two of the search's steps."""
    keep_buffers()
    torch.manual_seed(0)
    inputs, truth = events(8, CROP), torch.rand(6, 1, *CROP) * 20 + 4
    note = f"crop {CROP[0]} x {CROP[1]}, 16 planes, 8 steps, C = 12"
    found: list[Row] = []
    program = Program.read(SPEC, profile="sample", overrides=SIZE)
    for what, built in (("search", program.build("search")), ("retraining", program.with_genotype(GENOTYPE).build("retrain"))):
        plain, quick = Model(built.plain).train(), lower(built.graph).train()

        def first_version(plain: Model = plain) -> None:
            with operations_of_torch():
                step(plain, inputs, truth)

        sides = {"operation by operation": Side(first_version), "float32": Side(lambda model=quick: step(model, inputs, truth))}
        if settings.bf16:
            low = lower(built.graph, bf16=True).train()
            sides["bf16"] = Side(lambda model=low: step(model, inputs, truth), precision="bf16")
        found.append(compare(f"stereo, forward and backward, {what}", sides, settings, note))
    return found + streaming(settings)


def streaming(settings: Settings) -> list[Row]:
    """Seconds per stack at 260 x 346, deployed, with the widths of Table 7 of Che et al., NeurIPS 2022."""
    found: list[Row] = []
    inputs = {k: v[0] for k, v in events(1, (260, 346)).items()}
    copy = Copy()
    for planes in (12, 33):
        program = Program.read(SPEC, genotype=GENOTYPE, overrides=(f"stereo.planes={planes}",))
        built = program.build("deploy")
        limiting, names = limits_of(built, 1, 1, copy, settings.precisions)
        sides: dict[str, Side] = {}
        models = {"operation by operation": Model(built.plain)}
        models |= {p: lower(built.graph, bf16=p == "bf16") for p in settings.precisions}
        for name, model in models.items():
            model.eval()

            def one(stream: Stream, plain: bool) -> None:
                with torch.inference_mode(), operations_of_torch() if plain else contextlib.nullcontext():
                    stream.step(inputs)

            precision = "bf16" if name == "bf16" else "float32"
            sides[name] = Side(partial(one, model.stream(), name.startswith("op")), precision=precision)
        flops = 2 * sum(n.additions for n in built.plain)
        note = f"260 x 346, C = 24, {flops / 1e9:.1f} GFLOP"
        wanted = {str(precision): Wanted("value", 1 / 12) for precision in settings.precisions if planes == 12}
        often = replace(settings, runs=4 * settings.runs)
        what = f"stereo, one stack streaming, {planes} planes"
        found.append(compare(what, sides | limiting, often, note, wanted, names))
    return found
