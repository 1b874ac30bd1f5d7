"""A compiler for spiking architectures.

```python
spec = spikegraph.load("specs/stereo.sdhs")
model = spikegraph.compile(spec, phase="retrain", genotype="specs/genotypes/stereo.sdhs")
disparity = model(left, right)  # [T, N, C, H, W] in and out
```

| to | call |
|---|---|
| read a spec, list the bundled ones | `load`, `specs` |
| make its PyTorch module | `compile` |
| train it, search it | `fit`, `search` |
| see what came of it | `Run`, `runs`, `report`, `diff` |
| use a trained network | `load_run`, `evaluate`, `predict`, `stream` |
| keep it, give it away | `Model.save`, `export`, `package` |
| know what it costs and computes | `stats`, `certify`, `render`, `validate`, `reference` |
| bring a module of PyTorch | `from_torch` |

`help(spikegraph.fit)` and so on say what each takes, gives and raises.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

# A checkout holds `dsl` and `backends` beside this folder. Links lead to them here, but an unpacked sdist has no links, and a
# clone with core.symlinks=false has text files in their place: there, submodules are searched beside this folder too.
if not (Path(__file__).parent / "dsl").is_dir():
    __path__.append(str(Path(__file__).parents[1]))

from spikegraph.api.callable_packages import make_callable
from spikegraph.api.describing import diff, render, report, specs, stats
from spikegraph.api.functions import certify, compile, from_torch
from spikegraph.api.loading import load, load_deployed, load_plugin, load_run
from spikegraph.api.reference import reference
from spikegraph.api.run import Run
from spikegraph.api.training import fit, search
from spikegraph.api.using import evaluate, export, package, predict, stream
from spikegraph.api.validation import validate
from spikegraph.base.errors import (
    ArgumentError,
    CheckpointError,
    DataError,
    DivergedError,
    InputError,
    Interrupted,
    InUseError,
    MisfitError,
    NoArchitectureError,
    NoReferenceError,
    NotARunError,
    NotFoundError,
    NoTimeStepsError,
    NotStreamableError,
    NotThereError,
    OutOfMemoryError,
    OutputError,
    PassError,
    PluginError,
    RenderError,
    RunFolderError,
    TrainError,
    UntrainableError,
    UserError,
    ValidationError,
)
from spikegraph.base.version import __version__
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.foreign.errors import ForeignError
from spikegraph.plugins.registry import RegistrationError
from spikegraph.plugins.targets import CLASSES

if TYPE_CHECKING:
    from spikegraph.api.data import data
    from spikegraph.api.describing import runs
    from spikegraph.backends.torch.foreign.imported import Imported
    from spikegraph.backends.torch.model import Model
    from spikegraph.program.program import Program

make_callable()


def __getattr__(name: str) -> Any:
    if name in CLASSES:  # importing them takes long
        return CLASSES[name].function
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ArgumentError",
    "CheckpointError",
    "DataError",
    "DivergedError",
    "ForeignError",
    "Imported",
    "InUseError",
    "InputError",
    "Interrupted",
    "MisfitError",
    "Model",
    "NoArchitectureError",
    "NoReferenceError",
    "NoTimeStepsError",
    "NotARunError",
    "NotFoundError",
    "NotStreamableError",
    "NotThereError",
    "OutOfMemoryError",
    "OutputError",
    "PassError",
    "PluginError",
    "Program",
    "RegistrationError",
    "RenderError",
    "Run",
    "RunFolderError",
    "SpecError",
    "TrainError",
    "UntrainableError",
    "UserError",
    "ValidationError",
    "__version__",
    "certify",
    "compile",
    "data",
    "diff",
    "evaluate",
    "export",
    "fit",
    "from_torch",
    "load",
    "load_deployed",
    "load_plugin",
    "load_run",
    "package",
    "predict",
    "reference",
    "render",
    "report",
    "runs",
    "search",
    "specs",
    "stats",
    "stream",
    "validate",
]
