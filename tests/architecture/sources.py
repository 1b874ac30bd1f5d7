"""The sources of the project as texts, trees and imports, each read once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


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


@cache
def text(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(text(path))


@cache
def imports_of(path: Path, root: Path = ROOT) -> tuple[Import, ...]:
    """Every import of a file."""
    return tuple(imports_in(tree(path), str(path.relative_to(root))))


def imports_in(source: ast.AST, file: str) -> list[Import]:
    """Every import in a tree."""
    found: list[Import] = []

    def visit(node: ast.AST, when: str) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(file, node.lineno, alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = (module, *(f"{module}.{alias.name}" for alias in node.names))
            found.extend(Import(file, node.lineno, name, when, node.level) for name in names)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            for child in node.body:
                visit(child, "types")
            for child in node.orelse:
                visit(child, when)
        elif isinstance(node, ast.expr):  # holds no statement
            return
        else:
            inner = "call" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else when
            for child in ast.iter_child_nodes(node):
                visit(child, inner if when == "load" else when)

    visit(source, "load")
    return found


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"


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
