"""What campaigns take from the tests: the writers of small files, so that each format is written in one place."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

RECORDINGS: Mapping[str, Callable[[Path], object]] = import_module("tests.data.events.every_format").WRITERS
"""Writes a small recording, by the name of its file."""

declaration: Callable[..., Any] = import_module("tests.data.test_own_arrays").declaration
"""The declaration of a data set of arrays, from keys of it."""

nir_graphs = import_module("tests.nir.test_import_refused")
"""`chain`, `linear` and `lif` make graphs of NIR."""

run_folder: Callable[..., Path] = import_module("tests.exporting.run_folders").run_folder
"""Writes the folder of a run without a training."""

nir_simulation: Callable[..., Any] = import_module("tests.nir.nir_equations").Simulation
"""Runs a graph of NIR by the equations of its documentation."""
