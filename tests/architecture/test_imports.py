"""Imports go in one direction: `backends` may import `spikegraph`, which may import `dsl`, never the reverse."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
from allowed_imports import ALLOWED
from sources import ROOT, Import, imports_in, imports_of, module_of, own_imports, python_files, text, tree, within

SLOW = {"torch", "torchvision"}


def refused(folder, rule):
    return [f"{i.file}:{i.line}: {i.module}" for path in python_files(folder) for i in imports_of(path) if rule(i)]


def package_of(module, table):
    """The package in the table that contains a module; None for `spikegraph` itself and other distributions."""
    top, _, name = module.partition(".")
    while top == "spikegraph" and name and name not in table:
        name = name.rpartition(".")[0]
    return name or None if top == "spikegraph" else None


def backward(imports, table):
    """The imports that a table doesn't allow."""
    for i in imports:
        source, target = package_of(module_of(i.file), table), package_of(i.module, table)
        if source is not None and target not in (None, source, *table[source]):
            yield f"{i.file}:{i.line}: {source} may not import {target} ({i.module})"


def test_packages_import_only_what_the_table_allows():
    found = own_imports()
    assert len(found) > 1000
    assert list(backward(found, ALLOWED)) == []


def test_no_import_is_relative():
    imports = [i for path in python_files("dsl", "spikegraph", "backends") for i in imports_of(path)]
    assert [f"{i.file}:{i.line}: write the whole name" for i in imports if i.dots] == []


def test_every_module_has_a_row_in_the_table():
    top = {"spikegraph", "spikegraph.backends", "spikegraph.__main__"}
    modules = {module_of(str(path.relative_to(ROOT))) for path in python_files("dsl", "spikegraph", "backends")}
    assert {m for m in modules - top if package_of(m, ALLOWED) is None} == set()


def test_the_table_has_no_cycle():
    TopologicalSorter(ALLOWED).prepare()
    with pytest.raises(CycleError):
        TopologicalSorter({**ALLOWED, "ir": ("passes",)}).prepare()


def test_the_table_sees_backward_imports():
    """Tests imports at load time, inside functions, and for the type checker."""
    table = {"ir": ("dsl",), "dsl": (), "backends.torch": ("ir", "backends.torch.native"), "backends.torch.native": ()}
    imports = [
        Import("spikegraph/ir/a.py", 1, "spikegraph.dsl.b", "load"),
        Import("dsl/b.py", 2, "spikegraph.ir", "call"),
        Import("backends/torch/native/c.py", 3, "spikegraph.backends.torch.d", "types"),
        Import("backends/torch/d.py", 4, "spikegraph.backends.torch.native.c", "load"),
        Import("dsl/b.py", 5, "spikegraph.dsl.c", "load"),
        Import("dsl/b.py", 6, "spikegraph", "load"),
    ]
    assert list(backward(imports, table)) == [
        "dsl/b.py:2: dsl may not import ir (spikegraph.ir)",
        "backends/torch/native/c.py:3: backends.torch.native may not import backends.torch (spikegraph.backends.torch.d)",
    ]


@pytest.mark.parametrize(
    ("folder", "others"),
    [("dsl", {"lark", "typing_extensions"}), ("spikegraph/charts", set()), ("spikegraph/meaning", {"numpy", "safetensors"})],
    ids=["dsl", "charts", "meaning"],
)
def test_what_needs_no_other_package(folder, others):
    def rule(i):
        return i.module.partition(".")[0] not in {*sys.stdlib_module_names, *others, "spikegraph"}

    assert refused(folder, rule) == []


def test_the_graph_needs_no_torch():
    def rule(i):
        return i.when == "load" and i.module.partition(".")[0] in SLOW

    assert refused("spikegraph", rule) == []


def test_only_tables_name_backends_as_text():
    named = [
        str(path.relative_to(ROOT))
        for path in python_files("spikegraph")
        if "spikegraph.backends" in text(path)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("spikegraph.backends")
    ]
    tables = ("plugins/exports.py", "plugins/targets.py", "runs/examples.py", "streaming/results.py")
    assert set(named) == {f"spikegraph/{table}" for table in tables}


def test_commands_import_little_when_they_are_loaded():
    def rule(i):
        top = i.module.partition(".")[0]
        own = ("spikegraph.cli", "spikegraph.base", "spikegraph.plugins.deprecated", "spikegraph.analysis.out_of_memory")
        light = top in sys.stdlib_module_names or top == "click" or any(within(i.module, p) for p in own)
        light = light and i.module != "spikegraph.base.progress"  # it needs rich
        return i.file.startswith("spikegraph/cli/") and i.when == "load" and not light

    assert refused("spikegraph", rule) == []


def test_the_folders_at_the_top_are_imported():
    """The folders are found through links or, in a checkout without links, through `spikegraph.__path__`."""
    for name in ("dsl", "backends"):
        file = import_module(f"spikegraph.{name}").__file__
        assert file is not None
        assert Path(file).resolve() == ROOT / name / "__init__.py"


def test_the_rules_see_what_they_should():
    """Tests the function that reads imports."""
    code = (
        "import torch.nn\nif TYPE_CHECKING:\n  import a\nelse:\n  import b\n"
        "def f():\n  from c import d\nclass C:\n  import e\ntry:\n  import g\nexcept ImportError:\n  pass\nfrom .h import i\n"
        "match x:\n  case 1:\n    import j\n"
    )
    found = [(i.module, i.when, i.dots) for i in imports_in(ast.parse(code), "a.py")]
    loads = [("torch.nn", "load"), ("a", "types"), ("b", "load"), ("c", "call"), ("c.d", "call"), ("e", "load"), ("g", "load")]
    more = [("h", "load", 1), ("h.i", "load", 1), ("j", "load", 0)]
    assert found == [*((*each, 0) for each in loads), *more]
