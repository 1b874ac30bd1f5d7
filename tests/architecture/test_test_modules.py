"""Tests can be run in any selection of folders: no module that a test imports depends on which other tests were collected."""

from pathlib import Path

from sources import ROOT, imports_of

TESTS = ROOT / "tests"


def from_tests(folder, root=ROOT):
    """Imports of modules that hold tests. pytest has made other ones of them, and two may have one name."""
    files = {path.stem for path in folder.rglob("test_*.py")}
    for path in sorted(folder.rglob("*.py")):
        for i in imports_of(path, root):
            if files & set(i.module.split(".")):
                yield f"{i.file}:{i.line}: {i.module}"


def ambiguous(folder, others, root=ROOT):
    """Imports by a plain name that several files have: the folder that was collected last would decide which one is found."""
    modules = [path for path in folder.rglob("*.py") if path.name not in ("conftest.py", "__init__.py")]
    found = {}
    for path in (*modules, *others):
        found.setdefault(path.stem, []).append(path)
    own = {path.stem for path in modules}
    for path in sorted(folder.rglob("*.py")):
        for i in imports_of(path, root):
            top = i.module.partition(".")[0]
            if i.dots == 0 and top in own and len(found[top]) > 1:
                yield f"{i.file}:{i.line}: {top}"


def test_no_test_imports_from_a_module_of_tests():
    assert list(from_tests(TESTS)) == []


def test_a_helper_has_a_name_of_its_own():
    assert list(ambiguous(TESTS, list((TESTS.parent / "tools").rglob("*.py")))) == []


def test_both_are_noticed(tmp_path):
    def write(name, text=""):
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    write("a/test_export.py", "from helper import x\nfrom alone import y\nfrom .cases import z\n")
    write("b/test_export.py", "from ..a.test_other import x\n\n\ndef f():\n    from test_export import y\n")
    write("a/test_other.py", "from . import test_export\nimport helper\nimport twice.part\n")
    for name in ("a/helper.py", "b/helper.py", "a/alone.py", "a/cases.py", "b/cases.py", "a/twice.py"):
        write(name)
    tests = tmp_path / "tests"
    assert list(from_tests(tests, tests)) == [
        "a/test_other.py:1: .test_export",
        "b/test_export.py:1: a.test_other",
        "b/test_export.py:1: a.test_other.x",
        "b/test_export.py:5: test_export",
        "b/test_export.py:5: test_export.y",
    ]
    assert sorted(set(ambiguous(tests, [Path("tools/twice.py")], tests))) == [
        "a/test_export.py:1: helper",
        "a/test_other.py:2: helper",
        "a/test_other.py:3: twice",
        "b/test_export.py:5: test_export",
    ]
