"""Every third-party import is declared in pyproject.toml, and every dependency is imported."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from sources import ROOT, imports_in, imports_of, python_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PACKAGE = ("dsl", "spikegraph", "backends")


def names(requirements):
    """The distributions of requirements such as `pyright[nodejs]>=1.1`."""
    return {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}


def packages(imports):
    """The top-level packages of imports, without the standard library, the package and neighbours."""
    found = {i.module.partition(".")[0] for i in imports if not i.dots}
    return found - set(sys.stdlib_module_names) - {"spikegraph", "_typeshed"}


PARTS = {"mlflow-skinny": "mlflow", "mlflow-tracing": "mlflow"}
"""Distributions that are parts of others, and have modules of the same name."""


installed = cache(packages_distributions)


@cache
def distributions(*folders):
    """The distributions that files of these folders import, each with one of the files."""
    known = installed()
    # Tests and tools import neighbouring modules and folders by bare name, and tests those of tools.
    local = {path.stem for folder in ("tests", "tools") if "dsl" not in folders for path in (ROOT / folder).rglob("*")}
    found = {}
    for path in python_files(*folders):
        for name in packages(imports_of(path)) - local:
            for distribution in known.get(name, [name]):
                known_as = distribution.lower().replace("_", "-")
                found[PARTS.get(known_as, known_as)] = str(path.relative_to(ROOT))
    return found


@pytest.mark.parametrize(
    ("folders", "extras"),
    [
        (PACKAGE, ("events", "nir", "onnx", "video", "pdf", "tensorboard", "mlflow", "ray", "cuda", "lsp", "mcp")),
        (("tests",), ("dev", "mlflow", "ray")),
        (("tools",), ("dev", "bench")),
    ],
    ids=["package", "tests", "tools"],
)
def test_imports_are_declared(folders, extras):
    declared = names(PROJECT["dependencies"]).union(*(names(EXTRAS[extra]) for extra in extras))
    assert {name: file for name, file in distributions(*folders).items() if name not in declared} == {}


def test_dependencies_are_imported():
    assert names(PROJECT["dependencies"]) - set(distributions(*PACKAGE)) == set()


def test_the_rules_see_what_they_should():
    code = "import os, scipy.ndimage\nfrom spikegraph.dsl import ast\ndef f():\n  from PIL import Image\n"
    assert packages(imports_in(ast.parse(code), "a.py")) == {"scipy", "PIL"}
    assert names(["pyright[nodejs]>=1.1", "scikit-image>=0.22"]) == {"pyright", "scikit-image"}
