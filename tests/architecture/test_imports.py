"""The direction: text goes from `dsl` to `spikegraph` to `backends`, and never back."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = {"torch", "torchvision"}


@dataclass(frozen=True)
class Import:
    """An import in a file.

    Attributes:
        module: What is imported; `a.b` too for `from a import b`, where that may be a module.
        when: `load`: when the module is imported; `types`: for the type checker only; `call`: within a function.
    """

    file: str
    line: int
    module: str
    when: str


def python_files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if parts[0] != "spikegraph" or parts[1] not in ("dsl", "backends"):
                yield path


def is_type_checking(test):
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def imports_of(path):
    """Every import of a file."""
    file = str(path.relative_to(ROOT))
    found = []

    def visit(node, when):
        if isinstance(node, ast.Import):
            found.extend(Import(file, node.lineno, alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and node.level == 0, f"{file}:{node.lineno}: a relative import; write the whole name"
            found.append(Import(file, node.lineno, node.module, when))
            found.extend(Import(file, node.lineno, f"{node.module}.{alias.name}", when) for alias in node.names)
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            for child in node.body:
                visit(child, "types")
            for child in node.orelse:
                visit(child, when)
        else:
            inner = "call" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) else when
            for child in ast.iter_child_nodes(node):
                visit(child, inner if when == "load" else when)

    visit(ast.parse(path.read_text(encoding="utf-8")), "load")
    return found


def within(module, package):
    return module == package or module.startswith(package + ".")


def refused(folder, rule):
    return [f"{i.file}:{i.line}: {i.module}" for path in python_files(folder) for i in imports_of(path) if rule(i)]


def test_the_language_knows_nothing_but_itself():
    def rule(i):
        own = within(i.module, "spikegraph") and i.module not in ("spikegraph", "spikegraph.dsl")
        foreign = own and not within(i.module, "spikegraph.dsl")
        return foreign or i.module.partition(".")[0] in {*SLOW, "networkx", "numpy", "pydantic", "click"}

    assert refused("dsl", rule) == []


def test_the_graph_needs_no_torch():
    def rule(i):
        return i.when == "load" and i.module.partition(".")[0] in SLOW

    assert refused("spikegraph", rule) == []


def test_the_graph_knows_no_backend():
    """Only the table of targets names them; commands that need one import it when they run."""

    def rule(i):
        if not within(i.module, "spikegraph.backends") or i.when == "types":
            return False
        command = i.file.startswith("spikegraph/cli/")
        return not (command and i.when == "call")

    assert refused("spikegraph", rule) == []


def test_only_the_table_of_targets_names_backends_as_text():
    named = [
        str(path.relative_to(ROOT))
        for path in python_files("spikegraph")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("spikegraph.backends")
    ]
    assert set(named) == {"spikegraph/targets.py"}


def test_commands_import_little_when_they_are_loaded():
    def rule(i):
        top = i.module.partition(".")[0]
        own = ("spikegraph.cli", "spikegraph.errors", "spikegraph.files")
        light = top in sys.stdlib_module_names or top == "click" or any(within(i.module, p) for p in own)
        return i.file.startswith("spikegraph/cli/") and i.when == "load" and not light

    assert refused("spikegraph", rule) == []


def test_the_folders_at_the_top_are_imported():
    """Through links or, where the checkout has none, through `spikegraph.__path__`."""
    for name in ("dsl", "backends"):
        file = import_module(f"spikegraph.{name}").__file__
        assert file is not None
        assert Path(file).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("module", ["spikegraph.program", "spikegraph.api", "spikegraph.targets", "spikegraph.passes.registry"])
def test_what_loads_without_torch(module):
    code = f"import sys, {module}\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_rules_see_what_they_should(tmp_path, monkeypatch):
    """The reader of imports itself."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "a.py"
    path.write_text(
        "import torch.nn\nif TYPE_CHECKING:\n  import a\nelse:\n  import b\n"
        "def f():\n  from c import d\nclass C:\n  import e\ntry:\n  import g\nexcept ImportError:\n  pass\n"
    )
    found = [(i.module, i.when) for i in imports_of(path)]
    loads = [("torch.nn", "load"), ("a", "types"), ("b", "load"), ("c", "call"), ("c.d", "call"), ("e", "load"), ("g", "load")]
    assert found == loads
