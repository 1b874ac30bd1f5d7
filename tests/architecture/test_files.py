"""Files are small, public names have docstrings, and no text mentions a developer's machine."""

import ast
import re

from sources import ROOT, python_files, text, tree

SOURCES = ("dsl", "spikegraph", "backends", "tools", "examples")
FOLDERS = (*SOURCES, "specs", "tests", "docs", ".ci")
TEXTS = {".py", ".sdhs", ".md", ".toml", ".lark", ".txt", ".cfg", ".json", ".dot", ".svg", ""}
MOST_LINES = 300

# Joined from parts, so that this file doesn't match.
MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "opt/sg", "home", "root", "Users")) + r")/\w|\.\./shared")


def is_link(path):
    """True if a path is a link to a top-level folder or below one; those folders are checked directly."""
    parts = path.relative_to(ROOT).parts
    return parts[0] == "spikegraph" and len(parts) > 1 and parts[1] in ("dsl", "backends")


def files(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not is_link(path) and "__pycache__" not in path.parts:
                yield path


def name(path):
    return str(path.relative_to(ROOT))


def test_files_are_short():
    found = python_files(*SOURCES, "tests")
    assert len(found) > 100
    lengths = {name(path): len(text(path).splitlines()) for path in found}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def public(node):
    """The public definitions inside a node, including those in classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def overrides(node):
    """True if a method inherits the docstring of the method that it overrides."""
    return any(isinstance(d, ast.Name) and d.id in ("override", "overload") for d in getattr(node, "decorator_list", ()))


def test_public_definitions_have_docstrings():
    found = python_files(*SOURCES)
    assert len(found) > 900
    assert [name(path) for path in found if not ast.get_docstring(tree(path))] == []
    nodes = [(path, node) for path in found for node in public(tree(path)) if not overrides(node)]
    assert [f"{name(path)}:{n.lineno}: {n.name}" for path, n in nodes if not ast.get_docstring(n)] == []


def test_the_package_is_marked_as_typed():
    assert (ROOT / "spikegraph" / "py.typed").is_file()


def test_no_path_of_a_machine():
    found = []
    top = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in (".md", ".toml")]
    texts = [path for path in files(*FOLDERS) if path.suffix in TEXTS]
    for path in [*texts, *top]:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if MACHINE.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()[:80]}")
    assert found == []
    assert MACHINE.search("see /" + "work/main")
    assert not MACHINE.search("a network / workshop")
