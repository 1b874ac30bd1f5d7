"""The two functions of the package: `load` a spec, `compile` it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.dsl.spec import Spec
    from spikegraph.passes.default import Phase


@dataclass(frozen=True)
class Loaded:
    """A spec that was checked.

    Attributes:
        path: Its file.
        spec: The declarations, names resolved and defaults filled in.
        profile: The profile that was applied, if one was.
        overrides: The `path=value` overrides that were applied.
    """

    path: Path
    spec: "Spec"
    profile: str | None
    overrides: tuple[str, ...]


def load(path: str | Path, *, profile: str | None = None, overrides: Sequence[str] = ()) -> Loaded:
    """Reads and checks a spec.

    Raises:
        SpecError: The spec is wrong; `error.diagnostics` says where and how to fix it.
    """
    from spikegraph.driver import Options, check  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.driver import load as resolve  # noqa: PLC0415
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415

    options = Options(profile=profile, overrides=tuple(overrides))
    diagnostics = check(Path(path), options)
    if diagnostics.has_errors:
        raise SpecError(diagnostics)
    return Loaded(Path(path), resolve(Path(path), options).spec, profile, tuple(overrides))


def compile(
    spec: Loaded | str | Path,
    *,
    phase: "Phase | None" = None,
    genotype: str | Path | None = None,
    passes: str | None = None,
    bf16: bool = False,
) -> "Model":
    """The PyTorch module of a spec's network, with fresh weights.

    Args:
        spec: What `load` gave, or a path.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is at hand, else `search`.
        genotype: A genotype file, in place of the spec's own.
        passes: A pipeline, in place of the phase's own and of what makes it faster, as `spikegraph compile --passes` takes it.
        bf16: Whether convolutions run in bfloat16; membranes stay in float32.

    Returns:
        A module whose forward takes and returns `[T, N, C, H, W]` tensors (`[N, C, H, W]` with the spec's `time`), with
        `.stream()` for one step at a time and `.graph`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
    """
    from spikegraph.driver import Options, build  # noqa: PLC0415
    from spikegraph.targets import lower  # noqa: PLC0415

    loaded = spec if isinstance(spec, Loaded) else load(spec)
    chosen = None if genotype is None else Path(genotype)
    options = Options(phase, chosen, loaded.profile, loaded.overrides, passes)
    return lower(build(loaded.path, options).graph, "torch", bf16=bf16, plain=passes is not None)
