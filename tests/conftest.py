"""Golden files, named after their tests, and small specs."""

import copy
import gc
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One thread for each process of the tests, whatever else the machine does: two processes don't wait for each other then.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import jaxtyping
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from typing_extensions import override

from spikegraph.base.surface import command_line
from spikegraph.dsl.resolve import resolve
from spikegraph.dsl.schema.dataset import SOURCES, Dataset, Source
from spikegraph.dsl.schema.record import record
from spikegraph.genotype.bindings import kept_edges, paths
from spikegraph.ir.graph import Graph
from spikegraph.passes.bind_genotype import BindGenotype
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.passes.pipeline import parse, run
from spikegraph.plugins import local_files
from spikegraph.plugins.owners import forget, loading
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

from .forked import executable
from .made_manifest import MANIFEST
from .made_once import made_once
from .onnx_functions import read_once
from .quick import is_quick
from .shape_checks import install

# The tests and the programs that they start are compiled once, also where the environment says that Python writes no bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Until the tests run, nothing is garbage, and what was collected stays; looking through it takes a quarter of the time.
# Graphs and trees of a test are many objects that stay for as long as it runs: looks are rarer, which takes a tenth less.
gc.disable()
gc.set_threshold(10_000)

# In the background of a shell, and under nohup, signals are ignored, also by programs that tests start and interrupt.
for ignored, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, default)

# A process beside others is told the width of the terminal, to which messages would be wrapped.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COLUMNS", None)

# No power is lost: nothing waits for the disk, which takes a sixth of the time of runs of a second. A closed file is an error.
os.fsync = os.fstat

# Hypothesis uses the same examples in every run, without time limits.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

# From here on these modules are imported with checks of the shapes that their functions are annotated with.
TORCH = "spikegraph.backends.torch"
CHECKED = [
    *(f"{TORCH}.{name}" for name in ("modules", "kernels", "fold")),
    *(f"{TORCH}.native.{name}" for name in ("neuron", "neuron_passes", "norms", "sparse")),
    f"{TORCH}.datasets",
    *(f"{TORCH}.train.{name}" for name in ("evaluate", "gradient_norms", "losses", "meter", "rates", "step")),
]
# An int is accepted where a float is declared, as type checkers do.
install(CHECKED, "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def seeds():
    """Seeds the global generators, so that no test depends on earlier ones."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]  # without a GPU its own function writes down who asked, for each kind that there might be
        (torch if torch.cuda.is_available() else torch.default_generator).manual_seed(0)


@pytest.fixture(autouse=True)
def surface(request):
    """Messages name options, as on the command line, except in tests that are marked as `in_python`."""
    with nullcontext() if request.node.get_closest_marker("in_python") else command_line():
        yield


@pytest.fixture(autouse=True, scope="session")
def nobody_else():
    """Other processes use no cores, so that all runs have as many threads, whatever else this machine does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikegraph.cli.threads.others_since", lambda since: 0.0)
        yield


@pytest.fixture(autouse=True)
def checked_shapes(request):
    """Shapes are checked, except in tests that are marked as `unchecked`."""
    jaxtyping.config.update("jaxtyping_disable", request.node.get_closest_marker("unchecked") is not None)


@pytest.fixture(autouse=True)
def plugin_files():
    """The files of plug-ins that a test loads, also with `--plugin` of a command, are forgotten after it."""
    files = dict(local_files._loaded)
    yield
    for path in local_files._loaded.keys() - files.keys():
        forget(local_files._loaded.pop(path))


@pytest.fixture
def quickly_compiled(request, monkeypatch):
    """Generated steps are compiled with few optimisations, which take most of the time and change no bits; not with --long."""
    if not request.config.getoption("--long"):
        from spikegraph.backends.torch.native.generated import library

        monkeypatch.setattr(library, "OWN_FLAGS", (*library.OWN_FLAGS, "-O1"))


@pytest.fixture
def forks(monkeypatch):
    """What is started with `sys.executable` is a fork of one process that has imported torch."""
    monkeypatch.setattr(sys, "executable", executable())


@pytest.fixture(scope="session")
def short_recording(tmp_path_factory):
    """The folder of a built-in recording of half a second, for trainings whose accuracy isn't looked at."""
    from spikegraph.data.built_in_recording import sample_folder

    return sample_folder(made_once(tmp_path_factory, "recordings", lambda cache: sample_folder(cache, 0.5)), 0.5)


@pytest.fixture
def registrations(plugin_files):
    """What the test registers is removed after it."""
    with loading("a test"):
        yield
    forget("a test")


@record
class Anything(Dataset):
    """A data set of which only the files would show what it gives."""

    @override
    def given(self) -> None:
        return None


@pytest.fixture
def anything(registrations):
    """The data set `anything`, which fits every network."""
    SOURCES.register("anything", Source(Anything, lambda dataset, folder: None))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips tests of compiled kernels if there are none, unless they are required."""
    read_once()
    if item.get_closest_marker("native") is None:
        return
    from spikegraph.backends.torch.native.build import missing

    if (why := missing()) is not None:
        (pytest.fail if os.environ.get("SPIKEGRAPH_REQUIRE_NATIVE") == "1" else pytest.skip)(why)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
    parser.addoption("--long", action="store_true", help="also run tests that are marked as long")


HEAVY = (
    *("docs/test_commands.py", "playground/test_browser.py", "exporting/test_other_programs.py", "site/test_in_a_browser.py"),
    *("triton/test_triton_kernels.py", "train/test_fake_cuda.py"),
    *("python/test_written_round_trip.py", "python/test_written_equal.py", "report/test_browser.py", "zoo/test_phases.py"),
    *("train/test_searched_transformer.py", "triton/test_triton_compiled.py", "neurons/test_everywhere.py", "zoo/test_page.py"),
    *("torch/test_generated_neurons.py", "foreign/test_models.py", "zoo/test_dense_spaces.py", "campaigns/test_kills.py"),
    *("cli/test_new.py", "tools/test_sizes.py", "meaning/test_wrong_code.py", "graphviz/svg/test_readable.py"),
    *("campaigns/test_sanitizers.py", "train/test_dgs_run.py", "report/test_browser_charts.py", "train/test_run.py"),
    *("diagnostics/test_one_line_mistakes.py", "packaging/test_installs.py", "train/test_validation.py"),
    *("distributed/test_run.py", "surfaces/test_one_model.py", "train/test_start_from_weights.py", "nir/test_zoo.py"),
    *("exporting/test_large_maps.py", "campaigns/test_bitflips.py", "train/test_classification.py", "torch/test_operators.py"),
    *("dsl/test_fuzz.py", "streaming/test_stream_processes.py", "train/test_search_resumed.py", "campaigns/test_faults.py"),
    *("docs/test_few_recordings.py", "zoo/test_membrane_shortcuts.py", "test_plugins.py", "train/test_controls.py"),
    *("train/test_weights_repeated.py", "docs/test_python_page.py", "train/test_specs_of_tasks.py", "campaigns/test_equal.py"),
    *("train/test_unbalanced_search.py", "streaming/test_stream_command.py", "train/test_supernet_runs.py"),
    *("campaigns/test_exports.py", "report/test_several_runs.py", "nir/test_page.py", "dsl/test_printer.py"),
    "docs/test_tutorials.py",
)
"""The files that take longest come first: none is left at the end, and none waits for what another one makes for both."""


def pytest_ignore_collect(collection_path, config):
    """With `-m quick`, no other files are imported."""
    return True if config.option.markexpr == "quick" and not is_quick(collection_path) else None


def pytest_collection_modifyitems(config, items):
    for item in items:
        if is_quick(item.path) and not {"slow", "long"} & set(item.keywords):
            item.add_marker(pytest.mark.quick)
    places = {str(Path(__file__).parent / name): k for k, name in enumerate(HEAVY)}
    items.sort(key=lambda item: places.get(str(item.path), len(HEAVY)))
    if not config.getoption("--long"):
        for item in items:
            if "long" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="long; run with --long"))


def pytest_collection_finish(session):
    gc.freeze()
    gc.enable()


@pytest.fixture
def golden(request):
    """Compares a text with `golden/<file of the test>/<test><suffix>`."""

    def compare(text, suffix):
        path = GOLDEN / request.node.path.stem.removeprefix("test_") / f"{request.node.name.removeprefix('test_')}{suffix}"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"there is no {path}: look at what is to be, and run with --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{path} is another; look at it, and run with --update-golden"

    return compare


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The content of a run's `manifest.json`."""
    return copy.deepcopy(MANIFEST)


CANDIDATES = {
    "c3": "conv(3) -> norm -> lif(surrogate = dspike(b = 3))",
    "c5": "conv(3) -> norm -> lif(surrogate = dspike(b = 5))",
    "skip": "identity",
}


@dataclass(frozen=True)
class Small:
    """A spec in a file, and its graphs."""

    path: Path

    def build(self, phase: Phase | None = None, passes: str | None = None) -> Built:
        return Program.read(self.path).build(phase, passes=passes)

    @property
    def space(self) -> Graph:
        """The spec's graph."""
        return self.build("search").space

    def after(self, passes: str, graph: Graph | None = None) -> Graph:
        """The graph after passes over `graph`, by default the spec's."""
        spec = resolve(self.path).spec
        given = (BindGenotype(kept_edges(spec), paths(spec)),)
        return run(parse(passes, given), self.space if graph is None else graph)

    def complaints(self) -> list[tuple[str, int, str, str | None]]:
        """Code, line, summary and help of each diagnostic."""
        return [(d.code, d.span.line, d.summary, d.help) for d in Program.read(self.path).check()]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Small]:
    """Writes `small.sdhs`: a spec with one neuron, one set of candidates and one cell, plus a test's additions."""
    monkeypatch.chdir(tmp_path)

    def write(more: str, *, candidates: str = "c3 c5 skip", nodes: int = 2, mix: str = "spike", keep: int = 2) -> Small:
        operations = "".join(f"  {c} = {CANDIDATES[c]}\n" for c in candidates.split())
        head = (
            "sdhs 1\nneuron lif { surrogate = dspike(b = 3) }\n"
            f"candidates ops {{\n{operations}}}\n"
            f"cell small {{ inputs = [prev2, prev]  nodes = {nodes}  candidates = ops  neuron = lif  mix = {mix}"
            f"  keep = {keep} }}\n"
        )
        path = Path("small.sdhs")
        path.write_text(head + more, encoding="utf-8")
        return Small(path)

    return write
