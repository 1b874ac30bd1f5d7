"""Makes modules of specs and specs of modules: `compile`, `from_torch`; and `certify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from spikegraph.api.loading import spec_of
from spikegraph.api.run import Run, path_of
from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from torch import Tensor, nn

    from spikegraph.analysis.certificate import Certificate
    from spikegraph.api.places import Described
    from spikegraph.backends.torch.foreign.imported import Imported
    from spikegraph.backends.torch.model import Model
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.program import Program


def compile(
    spec: Program | str | Path,
    *,
    phase: Phase | None = None,
    genotype: str | Path | None = None,
    passes: str | None = None,
    bf16: bool = False,
    weights: Run | str | Path | Mapping[str, Tensor] | None = None,
) -> Model:
    """The PyTorch module of a spec's network, with fresh weights, or with those of a file.

    Args:
        spec: What `load` gave, or a path.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is given or nothing is searched.
        genotype: A genotype file, in place of the spec's own.
        passes: A pipeline, in place of the phase's own and of what makes it faster, as `spikegraph compile --passes` takes it.
        bf16: Run convolutions in bfloat16; membranes stay in float32.
        weights: A run, a folder with `weights.safetensors`, as `from_torch(...).save(DIR)` writes it, or this file; a file of
            `torch.save`; or all weights by name, as `state_dict()` has them. The phase is then `retrain`, the default, or
            `deploy`, and the module is in evaluation mode; with weights in float64 it is in float64 too.

    Returns:
        A module whose forward takes and returns `[T, N, C, H, W]` tensors (`[N, C, H, W]` with the spec's `time`), with
        `.stream()` for one step at a time, `.graph`, and in a search `.genotype()`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
        CheckpointError: The weights are damaged, or belong to another network.
        ArgumentError: There is no such phase, or weights were given for a search or a pipeline of one's own.
    """
    from spikegraph.api.starts import named_tensors  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.base.arguments import one_of  # noqa: PLC0415
    from spikegraph.passes.phase_pipelines import Phase  # noqa: PLC0415
    from spikegraph.plugins.targets import compile_with, lower, origin  # noqa: PLC0415

    if phase is not None:
        one_of("phase", phase, get_args(Phase))
    program = spec_of(spec)
    if genotype is not None:
        program = program.with_genotype(genotype)
    if weights is not None:
        if phase == "search" or passes is not None:
            raise ArgumentError("`weights` are those of the phases `retrain` and `deploy`, with their own passes")
        with naming_plugins():
            given = path_of(weights) if isinstance(weights, Run | str | Path) else named_tensors(weights)
            return compile_with(program, weights=given, phase=phase, bf16=bf16)
    with naming_plugins():
        built = program.build(phase, passes)
        model: Model = lower(built.graph, "torch", bf16=bf16, plain=built.plain, space=built.space)
        model.origin = origin(program, built.phase if passes is None else None)
        return model


def from_torch(
    module: nn.Module,
    example: Tensor | Sequence[Tensor],
    *,
    steps: int = 4,
    name: str | None = None,
    kind: Literal["real", "spike", "events"] = "real",
    multi_step: bool | None = None,
    approximate: bool = False,
) -> Imported:
    """Writes a module of PyTorch, SpikingJelly, snnTorch or norse as a spec, and takes its weights over.

    The spec's network and the module are compared in float64, in evaluation and, if the module is in training mode, in
    training too: results, the results of all neurons, the gradients of all weights, and the norms' statistics. A difference
    of more than 1e-10 is an error. A module that `export --to python` wrote, unchanged, comes back as the spec that it was
    written from (`.exported`), whatever `steps` and `multi_step` say.

    Args:
        module: The module, at the start of a sequence; it is copied, not changed.
        example: Its inputs: one step or an image [N, C, ...], or all time steps, [T, N, C, ...] or [N, T, C, ...].
        steps: Time steps over which a module of one step is compared.
        name: The name of the network; by default that of the module's class.
        kind: The kind of the inputs.
        multi_step: Whether the module takes all time steps at once; by default whether SpikingJelly's `step_mode` says so, or
            a loop takes them from the example.
        approximate: Take over what the language has no equal of, where only gradients or training differ; `.changed` says what.

    Returns:
        What was made: `.spec` is the text, `.weights` are the tensors by the names of the spec's network, `.model()` is the
        network with them, and `.save(DIR)` writes spec and weights.

    Raises:
        ForeignError: A part of the module can't be written in the language, or something differs.
        ArgumentError: There is no such kind, or the name is none of the language.
    """
    from spikegraph.plugins import targets  # noqa: PLC0415 (importing the package stays cheap)

    with naming_plugins():
        return targets.from_torch(
            module, example=example, steps=steps, name=name, kind=kind, multi_step=multi_step, approximate=approximate
        )


def certify(spec: Described, *, genotype: str | Path | None = None) -> Certificate:
    """What the layers of a deployed network take: spikes and counts, or where not and why.

    Args:
        spec: What `load` gave, a run, a model, an imported one, or the path of one of them.
        genotype: A genotype file, in place of the network's own.

    Returns:
        The certificate; `.holds` if the network computes with spikes alone, otherwise `.places` has each place with its line.
        `.largest_count`, `.neurons` and `.trusted` say what it rests on.

    Raises:
        SpecError: The spec is wrong, or needs a genotype.
    """
    from spikegraph.analysis import certificate  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.api.places import program_of  # noqa: PLC0415

    with naming_plugins():
        return certificate.certify(program_of(spec, genotype).build("deploy").plain)
