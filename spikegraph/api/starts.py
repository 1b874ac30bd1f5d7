"""What a training starts from: a spec, or a model in Python with its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.api.loading import load_run
from spikegraph.api.places import model_of
from spikegraph.api.run import Run, path_of
from spikegraph.base.errors import ArgumentError

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.api.places import Trained
    from spikegraph.backends.torch.foreign.imported import Imported
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program

TRAINING = """
dataset given {{ source = {source} }}

retrain {network} on given {{
  epochs  = 10
  batch   = 32
  weights = adam(lr = 0.001)
  loss    = cross_entropy({output})
}}
"""
"""How a model is trained on samples in Python whose spec doesn't say it."""


def start_of(spec: Program | Trained, overrides: Sequence[str], *, given: bool) -> tuple[Program, bytes | None]:
    """A spec, not checked yet, and the content of a file with the weights to start from.

    None for fresh weights, or those that the spec names.

    All weights of a trained network are kept: `take` of its spec, which meant those that it began with, is left out.

    Args:
        spec: The spec, or a trained network.
        overrides: `path=value` each, behind those that the spec has.
        given: Whether samples are given in Python, so that a model whose spec has no `retrain` is trained by `TRAINING`.

    Raises:
        SpecError: The spec of a trained network is wrong.
        ArgumentError: The model is a supernet, or its norms are folded; or the overrides aren't a list of strings.
    """
    from spikegraph.base.resources import is_kept  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.program.program import Program  # noqa: PLC0415

    if isinstance(spec, Program):
        return spec.with_overrides((*spec.overrides, *overrides)) if overrides else spec, None
    if isinstance(spec, Run | str | Path):
        path = path_of(spec)
        if not is_kept(path):
            return Program.read(path, overrides=overrides), None
        spec = load_run(path, phase="retrain")
    from spikegraph.backends.torch.in_memory import source_of  # noqa: PLC0415 (needs torch)
    from spikegraph.backends.torch.saving import origin_of  # noqa: PLC0415
    from spikegraph.program.training_data import trained_on  # noqa: PLC0415

    model = model_of(spec)
    origin, content = origin_of(model), content_of(model)
    program = origin.program if origin.data_folder is None else trained_on(origin.program, origin.data_folder)
    if program.spec.retrain is None and given:
        output = next(iter(model.graph.outputs))
        more = TRAINING.format(source=source_of(model), network=model.graph.name, output=output)
        program = Program.of_text(program.text + more, program.name)
    if program.spec.retrain is not None and program.spec.retrain.take is not None:  # it meant the weights of another run
        overrides = ("retrain.take=none", *overrides)
    return program.with_overrides((*program.overrides, *overrides)) if overrides else program, content


def content_of(network: Model | Imported | Mapping[str, Tensor]) -> bytes:
    """The content of a file with the weights of a model, to train on; or of a `state_dict()`.

    Raises:
        ArgumentError: The model is a supernet, or its norms are folded; or it is something else.
    """
    if isinstance(network, Mapping):
        from spikegraph.backends.torch.train.checkpoint import weights_content  # noqa: PLC0415 (needs torch)

        return weights_content(named_tensors(network))
    from spikegraph.backends.torch.saving import trained_weights  # noqa: PLC0415 (needs torch)
    from spikegraph.backends.torch.train.checkpoint import weights_content  # noqa: PLC0415

    return weights_content(*trained_weights(model_of(network)))


def named_tensors(weights: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """A `state_dict()`, checked.

    Raises:
        ArgumentError: It has something else than tensors by name.
    """
    from torch import Tensor  # noqa: PLC0415 (needs torch)

    if not isinstance(weights, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(f"`weights` is a `{type(weights).__name__}`", "give a file, or a `state_dict()`")
    wrong = next((name for name, value in weights.items() if not isinstance(value, Tensor)), None)  # pyright: ignore[reportUnnecessaryIsInstance]
    if wrong is not None:
        kind, help = type(weights[wrong]).__name__, "give tensors by name, as `module.state_dict()` has them"
        raise ArgumentError(f"`weights[{wrong!r}]` is a `{kind}`", help)
    return weights
