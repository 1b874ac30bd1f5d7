"""The sources of the project: texts, imports and definitions, each read once, and trees, which are large and aren't kept."""

import ast
import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kept_facts import ROOT, kept, text


@dataclass(frozen=True)
class Import:
    """An import in a file.

    Attributes:
        module: The imported module, without the dots of a relative import; for `from a import b` also `a.b`, which may be one.
        when: `load`: when the module is loaded; `types`: for the type checker only; `call`: inside a function.
        dots: The dots of a relative import.
    """

    file: str
    line: int
    module: str
    when: str
    dots: int = 0


@cache
def python_files(*folders: str, root: Path = ROOT) -> tuple[Path, ...]:
    """The files of folders at the top. The links to two of these folders in `spikegraph` aren't followed."""
    found = (path for folder in folders for path in sorted((root / folder).rglob("*.py")))
    return tuple(p for p in found if p.relative_to(root).parts[:2] not in (("spikegraph", "dsl"), ("spikegraph", "backends")))


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    enabled = gc.isenabled()
    gc.disable()  # of a tree's many objects all stay; looking for garbage among them takes most of the time
    try:
        return ast.parse(text(path))
    finally:
        if enabled:
            gc.enable()


@cache
def _facts(path: Path, root: Path) -> tuple[tuple[Import, ...], tuple[str, ...]]:
    file = str(path.relative_to(root))
    imports, lacking = _taken_apart(path, file)
    return tuple(Import(file, *each) for each in imports), tuple(lacking)


@kept
def _taken_apart(path: Path, file: str) -> tuple[list[tuple[int, str, str, int]], list[str]]:
    source = tree(path)
    return [(i.line, i.module, i.when, i.dots) for i in imports_in(source, file)], list(undocumented(source, file))


def imports_of(path: Path, root: Path = ROOT) -> tuple[Import, ...]:
    """Every import of a file."""
    return _facts(path, root)[0]


def undocumented_in(path: Path) -> tuple[str, ...]:
    """What lacks a docstring in a file: the module, or a public definition."""
    return _facts(path, ROOT)[1]


BODIES = ("body", "handlers", "cases", "orelse", "finalbody")
"""The fields of statements that hold statements."""


def imports_in(source: ast.Module, file: str) -> list[Import]:
    """Every import in a tree, in the order of the text."""
    found: list[Import] = []

    def visit(statements: Iterable[ast.AST], when: str) -> None:
        for node in statements:
            if isinstance(node, ast.Import):
                found.extend(Import(file, node.lineno, alias.name, when) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                names = (module, *(f"{module}.{alias.name}" for alias in node.names))
                found.extend(Import(file, node.lineno, name, when, node.level) for name in names)
            elif isinstance(node, ast.If) and _is_type_checking(node.test):
                visit(node.body, "types")
                visit(node.orelse, when)
            else:
                called = when == "load" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                for body in BODIES:
                    visit(getattr(node, body, ()), "call" if called else when)

    visit(source.body, "load")
    return found


def _is_type_checking(test: ast.expr) -> bool:
    return getattr(test, "attr", getattr(test, "id", None)) == "TYPE_CHECKING"


def undocumented(source: ast.Module, file: str) -> Iterator[str]:
    """The module if it lacks a docstring, and each public definition that does, with its line."""
    if not ast.get_docstring(source):
        yield file
    for node in _public(source):
        if not ast.get_docstring(node) and not _inherits(node):
            yield f"{file}:{node.lineno}: {node.name}"


def _public(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public definitions inside a node, including those in classes."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from _public(child)


def _inherits(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method inherits the docstring of the method that it overrides."""
    return any(isinstance(each, ast.Name) and each.id in ("override", "overload") for each in node.decorator_list)


def within(module: str, package: str) -> bool:
    """Whether a module is a package or in it."""
    return module == package or module.startswith(package + ".")


def module_of(file: str) -> str:
    """The name by which a file is imported."""
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return name if within(name, "spikegraph") else f"spikegraph.{name}"


def own_imports() -> list[Import]:
    """Every import between modules of `spikegraph`, without names imported from modules."""
    found = [i for path in python_files("dsl", "spikegraph", "backends") for i in imports_of(path)]
    modules = {module_of(str(path.relative_to(ROOT))) for path in python_files("dsl", "spikegraph", "backends")}
    parents = {(i.file, i.line, i.module.rpartition(".")[0]) for i in found if i.module in modules}
    return [i for i in found if i.module in modules and (i.file, i.line, i.module) not in parents]
