"""What a network is and what came of it: `stats`, `render`, `report`, `diff`, `runs`, `specs`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from spikegraph.api.places import Described, program_of
from spikegraph.api.run import Run, path_of
from spikegraph.base.arguments import one_of
from spikegraph.base.errors import ArgumentError, NotARunError
from spikegraph.base.resources import located
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.backends.graphviz.drawing import Drawing
    from spikegraph.backends.graphviz.render import Level
    from spikegraph.genotype.agreement import Agreement
    from spikegraph.genotype.diff import Difference
    from spikegraph.overview.listed import Listed
    from spikegraph.passes.phase_pipelines import Phase

Style = Literal["screen", "paper"]


def stats(
    network: Described,
    *,
    phase: Phase | None = None,
    genotype: str | Path | None = None,
    energy: str = "cmos-45nm",
    rates: Mapping[str, float] | None = None,
) -> Statistics:
    """Parameters, operations and energy of a network, layer by layer, and of an inference.

    Args:
        network: A spec, a run, a model, an imported one, or the path of one of them.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is given or nothing is searched.
        genotype: A genotype file, in place of the network's own.
        energy: The energy model.
        rates: Spikes per neuron and time step, by node, of all nodes whose spikes layers take; by default those that a run
            measured, else the energy is an upper bound with a spike at every input.

    Returns:
        `.layers`, `.parameters`, `.synaptic_operations` and `.inference_millijoules` of an inference, `.millijoules` of a time
        step. Energies raise an `ArgumentError` if the model can't price the network.

    Raises:
        SpecError: The spec is wrong.
        ArgumentError: There is no such phase or energy model, or a rate is missing, or no number from 0.
    """
    from spikegraph.analysis.energy import ENERGY_MODELS  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.analysis.rates import check_rates  # noqa: PLC0415
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415
    from spikegraph.passes.phase_pipelines import PHASE_NAMES  # noqa: PLC0415

    one_of("energy", energy, tuple(ENERGY_MODELS))
    if phase is not None:
        one_of("phase", phase, PHASE_NAMES)
    with naming_plugins():
        built, model = program_of(network, genotype).build(phase), ENERGY_MODELS[energy]
        if rates is not None:
            check_rates(built.plain, rates)
            return Statistics.of(built.outline, built.plain, rates, model, time=built.time_steps)
        of, edited = (built.outline, built.plain, _measured(network), model), genotype is not None
        return Statistics.evaluated(*of, time=built.time_steps, edited=edited)


def _measured(network: Described) -> Any:
    """What was measured of a run's network; None of others."""
    from spikegraph.base.resources import is_kept  # noqa: PLC0415
    from spikegraph.program.kept import kept  # noqa: PLC0415 (importing the package stays cheap)

    path = path_of(network) if isinstance(network, Run | str | Path) else None
    run = None if path is None or not is_kept(path) else kept(path).run
    return None if run is None else run.summary.evaluation


def render(
    network: Described,
    file: str | Path | None = None,
    *,
    level: Level | None = None,
    phase: Phase | None = None,
    genotype: str | Path | None = None,
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
    style: Style = "screen",
) -> Drawing:
    """A diagram of a network, its trellises, cells or operations.

    Args:
        network: A spec, a run, a model, an imported one, or the path of one of them, or of a genotype file.
        file: Write it to this file too: .svg, .pdf, .png or .dot.
        level: `network`, `trellis`, `cell` or `ops`; by default `network`, and `cell` for a genotype file.
        phase: As of `stats`.
        genotype: A genotype file, in place of the network's own.
        expand: Blocks, repetitions, chains and lines of layers that are opened (network), or layers, cells and blocks (ops);
            `all` opens everything.
        only: What is drawn alone (cell, trellis).
        dark: On a dark background.
        style: `screen`, or `paper` for a column of 252 points; what is too large is written as NAME-1, NAME-2 and so on.

    Returns:
        The diagram, which shows itself in a notebook; `.svg()` is its text.

    Raises:
        SpecError: The spec is wrong.
        NotThereError: It has no such level, or a name is unknown.
        RenderError: Graphviz isn't installed.
        ArgumentError: There is no such level, phase or style.
    """
    from spikegraph.backends.graphviz.draw_file import Drawn, draw  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.backends.graphviz.render import Level  # noqa: PLC0415
    from spikegraph.base.arguments import strings  # noqa: PLC0415
    from spikegraph.passes.phase_pipelines import PHASE_NAMES  # noqa: PLC0415

    one_of("style", style, get_args(Style))
    if level is not None:
        one_of("level", level, get_args(Level))
    if phase is not None:
        one_of("phase", phase, PHASE_NAMES)
    names = {"expand": strings("expand", expand, "NAME"), "only": strings("only", only, "NAME")}
    how: dict[str, Any] = {"phase": phase, **names, "dark": dark, "paper": style == "paper"}
    with naming_plugins():
        if isinstance(network, Run | str | Path):
            drawing = draw(path_of(network), level, genotype=None if genotype is None else Path(genotype), **how)
        else:
            drawing = Drawn("network", program_of(network, genotype), {}, {}).drawing(level, **how)
        if file is not None:
            drawing.write(Path(file))
    return drawing


class Report:
    """The file of an HTML report, which is a path too; a notebook shows it.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        """The path, for `open` and `pathlib`."""
        return str(self.path)

    def __repr__(self) -> str:
        return f"<Report {self.path}>"

    def _repr_html_(self) -> str:
        """The page in a frame."""
        page = escape(self.path.read_text(encoding="utf-8"), quote=True)
        return f'<iframe title="{escape(str(self.path))}" srcdoc="{page}" width="100%" height="700"></iframe>'


def report(networks: Run | str | Path | Sequence[Run | str | Path], file: str | Path = "report.html") -> Report:
    """Writes an HTML report on one or several runs, or on those in a folder, as `spikegraph report` does.

    Args:
        networks: A run or several, or the path of a folder with runs.
        file: The file.

    Returns:
        The file, which is a path too, and which a notebook shows.

    Raises:
        NotARunError: A folder is no run, and no run is in it.
        RunFolderError: A run can't be read.
        NotFoundError: The file is one of a run.
        ArgumentError: The file has the name of a spec.
    """
    from spikegraph.backends.report.of_runs import write  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.runs.own_files import refuse_own_file, refuse_spec_name  # noqa: PLC0415

    refuse_own_file(Path(file))
    refuse_spec_name(Path(file))

    given = [path_of(each) for each in (networks if isinstance(networks, list | tuple) else [networks])]
    with naming_plugins():
        write([run for path in given for run in _listed(path)], given, Path(file), damaged=_warn)
    return Report(Path(file))


@overload
def diff(first: Described, second: Described, /) -> Difference: ...
@overload
def diff(first: Described, second: Described, third: Described, /, *more: Described) -> Agreement: ...
def diff(*networks: Described) -> Difference | Agreement:
    """Compares architectures: of genotype files, specs, runs or models, two or more.

    Args:
        networks: Specs, runs, models, or the paths of them or of genotype files.

    Returns:
        Of two, the difference edge by edge and layer by layer; of more, how far they agree. `.different` tells whether they
        differ, `str()` is what `spikegraph diff` prints, and it shows itself in a notebook.

    Raises:
        ArgumentError: Fewer than two are given.
        NoArchitectureError: One has no genotype.
    """
    from spikegraph.genotype.agreement import agree  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.genotype.diff import diff as difference  # noqa: PLC0415

    if len(networks) < 2:
        raise ArgumentError("`diff` takes at least two architectures")
    with naming_plugins():
        found = [_architecture(network, k) for k, network in enumerate(networks, 1)]
        return difference(*found) if len(found) == 2 else agree(found)


def _architecture(network: Described, number: int) -> Any:
    from spikegraph.program.networks import architecture_in, architecture_of  # noqa: PLC0415 (importing the package stays cheap)

    if isinstance(network, Run | str | Path):
        path = located(path_of(network))
        return architecture_of(path, path.name if path.is_dir() else path.stem)
    program = program_of(network)
    return architecture_in(program, f"{number} {Path(program.name).name}")


def runs(folder: str | Path = "runs") -> list[Run]:
    """The runs in a folder and in those below it, the oldest first; those that can't be read are left out, with a warning.

    Args:
        folder: The folder.
    """
    return [Run(each.path) for each in _listed(Path(folder))]


def _listed(folder: Path) -> list[Listed]:
    """A run; or the runs in a folder.

    Raises:
        NotARunError: There is none.
        RunFolderError: It can't be read.
    """
    from spikegraph.overview.find import find_runs  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.overview.listed import read_listed  # noqa: PLC0415

    if not folder.is_dir():
        raise NotARunError(f"{folder} is not the folder of a run")
    inside = find_runs(folder)
    return read_listed(inside or [folder], None if inside in ([], [folder]) else lambda error: _warn(str(error)))


def _warn(text: str) -> None:
    warnings.warn(f"left out: {text}", stacklevel=3)


def specs() -> list[str]:
    """The names of the bundled specs and genotypes, such as `builtin:stereo`, which `load` takes."""
    from spikegraph.base.resources import BUILTIN, builtin_specs  # noqa: PLC0415 (importing the package stays cheap)

    return [f"{BUILTIN}{name}" for name in builtin_specs()]
