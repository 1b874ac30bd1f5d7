"""What the functions take: a spec, a run, a model in Python or an imported one, a folder or a file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias, Union

from spikegraph.api.loading import load_run, load_spec
from spikegraph.api.run import Run, path_of
from spikegraph.base.errors import ArgumentError

if TYPE_CHECKING:
    from spikegraph.backends.torch.foreign.imported import Imported
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program

Trained: TypeAlias = Union[Run, "Model", "Imported", str, Path]
"""A trained network: a run, a model, an imported one, or the path of a run, of a model's folder or of a deployed file."""

Described: TypeAlias = Union[Trained, "Program"]
"""A network, trained or not; a path may also be that of a spec."""


def model_of(subject: Trained) -> Model:
    """A trained network as a model: itself, or in its deployed form.

    Raises:
        ArgumentError: It is a spec, which has no weights, or something else.
        UserError: As `load_run`.
    """
    from spikegraph.backends.torch.foreign.imported import Imported  # noqa: PLC0415 (needs torch)
    from spikegraph.backends.torch.model import Model  # noqa: PLC0415
    from spikegraph.program.program import Program  # noqa: PLC0415

    if isinstance(subject, Model):
        return subject
    if isinstance(subject, Imported):
        return subject.model()
    if isinstance(subject, Program):
        raise ArgumentError(f"`{subject.name}` is a spec, which has no weights", "train it with `spikegraph.fit`")
    return load_run(path_of(subject))


@contextmanager
def place_of(subject: Trained) -> Generator[Path]:
    """A trained network as a path: its own, or that of a folder that is there inside the block.

    Raises:
        ArgumentError: It is a spec, which has no weights, or something else; or as `Model.save`.
    """
    if isinstance(subject, Run | str | Path):
        yield path_of(subject)
        return
    from spikegraph.program.kept import for_now  # noqa: PLC0415 (importing the package stays cheap)

    model = model_of(subject)
    with TemporaryDirectory() as folder:
        place = model.save(Path(folder, model.graph.name))
        with for_now(place):
            yield place


def program_of(subject: Described, genotype: str | Path | None = None) -> Program:
    """The spec of a network, with its genotype, or with another one.

    Raises:
        SpecError: The spec is wrong.
        ArgumentError: It is something else, or its spec isn't known.
    """
    found = _program_of(subject)
    return found if genotype is None else found.with_genotype(genotype)


def _program_of(subject: Described) -> Program:
    from spikegraph.base.resources import is_kept  # noqa: PLC0415
    from spikegraph.program.kept import kept  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.program.program import Program  # noqa: PLC0415

    if isinstance(subject, Program):
        return subject
    if isinstance(subject, Run | str | Path):
        path = path_of(subject)
        return kept(path).program if is_kept(path) else load_spec(path)
    from spikegraph.backends.torch.saving import origin_of  # noqa: PLC0415 (needs torch)

    return origin_of(model_of(subject)).program
