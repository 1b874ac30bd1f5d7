"""What the campaigns have: folders of runs without a training, and genotypes at random."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from spikegraph.program.program import Program

sys.path.append(str(Path(__file__).parents[1] / "campaigns"))

run_folder: Callable[..., Path] = import_module("tests_files").run_folder
"""Writes the folder of a run."""

decoded: Callable[..., Program] = import_module("valid_specs").decoded
"""The program with a random genotype."""
