"""A compiler for spiking architectures.

```python
spec = spikegraph.load("specs/stereo.sdhs")
model = spikegraph.compile(spec, phase="retrain", genotype="specs/genotypes/stereo.sdhs")
disparity = model(left, right)  # [T, N, C, H, W] in and out
```
"""

from pathlib import Path
from typing import TYPE_CHECKING

# A checkout holds `dsl` and `backends` beside this folder. Links lead to them here, but an unpacked sdist has no links, and a
# clone with core.symlinks=false has text files in their place: there, submodules are searched beside this folder too.
if not (Path(__file__).parent / "dsl").is_dir():
    __path__.append(str(Path(__file__).parents[1]))

from spikegraph.api.data import make_callable
from spikegraph.api.functions import certify, compile, fit, from_torch, load, load_deployed, load_plugin, load_run, search
from spikegraph.api.reference import reference
from spikegraph.api.validation import validate
from spikegraph.base.errors import (
    ArgumentError,
    CheckpointError,
    DataError,
    DivergedError,
    InputError,
    Interrupted,
    MisfitError,
    NoArchitectureError,
    NoReferenceError,
    NotARunError,
    NotFoundError,
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

if TYPE_CHECKING:
    from spikegraph.api.data import data  # noqa: TC004 (at run time the package of this name, which can be called)

make_callable()

__all__ = [
    "ArgumentError",
    "CheckpointError",
    "DataError",
    "DivergedError",
    "ForeignError",
    "InputError",
    "Interrupted",
    "MisfitError",
    "NoArchitectureError",
    "NoReferenceError",
    "NotARunError",
    "NotFoundError",
    "NotStreamableError",
    "NotThereError",
    "OutOfMemoryError",
    "OutputError",
    "PassError",
    "PluginError",
    "RegistrationError",
    "RenderError",
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
    "fit",
    "from_torch",
    "load",
    "load_deployed",
    "load_plugin",
    "load_run",
    "reference",
    "search",
    "validate",
]
