"""Files are small, public names have docstrings, and no text mentions a developer's machine."""

import ast
import re
import textwrap

from sources import ROOT, python_files, text, undocumented, undocumented_in

SOURCES = ("dsl", "spikegraph", "backends", "tools", "examples")
FOLDERS = (*SOURCES, "specs", "tests", "docs", ".ci")
TEXTS = {".py", ".sdhs", ".md", ".toml", ".lark", ".txt", ".cfg", ".json", ".dot", ".svg", ""}
MOST_LINES = 300

# Joined from parts, so that this file doesn't match.
MACHINE = re.compile(r"/(?<![\w.]/)(?:" + "|".join(("work", "opt/sg", "home", "root", "Users")) + r")/\w|/(?<=\.\./)shared")


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


def test_public_definitions_have_docstrings():
    found = python_files(*SOURCES)
    assert len(found) > 900
    assert [each for path in found for each in undocumented_in(path)] == []


def test_what_lacks_a_docstring_is_seen():
    code = """
        def f(): pass
        def _g(): pass
        class A:
            def f(self): pass
            @override
            def g(self): pass
            class B:
                "It has one."
                async def h(self): pass
        if f:
            def h(): pass
    """
    found = list(undocumented(ast.parse(textwrap.dedent(code)), "a.py"))
    assert found == ["a.py", "a.py:2: f", "a.py:4: A", "a.py:5: f", "a.py:10: h"]


def test_the_package_is_marked_as_typed():
    assert (ROOT / "spikegraph" / "py.typed").is_file()


def test_no_path_of_a_machine():
    found = []
    top = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in (".md", ".toml")]
    texts = [path for path in files(*FOLDERS) if path.suffix in TEXTS]
    for path in [*texts, *top]:
        whole = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(whole.splitlines() if MACHINE.search(whole) else (), 1):
            if MACHINE.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()[:80]}")
    assert found == []
    assert all(MACHINE.search(text) for text in ("see /" + "work/main", "/" + "root/x", "in .." + "/shared"))
    assert not any(MACHINE.search(text) for text in ("a network / workshop", "net/" + "work/x", "./shared", "./" + "work/x"))
