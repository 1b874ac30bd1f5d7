"""What a data set, a sample or a task is, is asked nowhere: each answers for itself."""

import ast
import re

import pytest
from kept_facts import kept
from sources import ROOT, text, tree

from spikegraph.runs.examples import EXAMPLES
from spikegraph.tasks import TASKS

KINDS = ("dsl/schema", "spikegraph/data", "spikegraph/tasks", "spikegraph/runs/examples.py")
ROOTS = {"Dataset", "Samples", "DataSet", "DataSets", "Task", "Scores", "Example"}
ASKS = re.compile(r"\b(isinstance|issubclass|type|case)\b")
OWN = ("spikegraph/data/", "spikegraph/tasks/", "spikegraph/dsl", "spikegraph/backends")


def files(*places):
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


@kept
def bases_in(path):
    """Each class in a file, with the names of its bases."""
    found = (node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))
    return [(node.name, sorted({name for base in node.bases for name in names(base)})) for node in found]


def classes():
    """The classes of declarations, samples, tasks, scores and examples."""
    bases = {name: set(of) for path in files(*KINDS) for name, of in bases_in(path)}
    found = set(ROOTS)
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def names(node):
    """The names of classes in an expression; those of another library's aren't ours."""
    plain = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return plain | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") != "h5py"}


def may_ask(text, kinds):
    """Whether a text names a kind and has a way to ask; only then is it worth taking apart."""
    return ASKS.search(text) is not None and re.search(rf"\b({'|'.join(kinds)})\b", text) is not None


def questions(top, kinds):
    """The lines that ask whether something is one of these kinds."""
    for node in ast.walk(top):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass"):
            if kinds & names(node.args[1]):
                yield node.lineno
        elif (isinstance(node, ast.MatchClass) and kinds & names(node.cls)) or (
            isinstance(node, ast.Compare)
            and any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == "type" for n in ast.walk(node))
            and kinds & names(node)
        ):
            yield node.lineno


@kept
def questions_in(path, kinds):
    return list(questions(tree(path), set(kinds))) if may_ask(text(path), kinds) else []


def test_kinds_of_data_are_asked_in_their_own_packages_alone():
    kinds = classes()
    assert {"StereoDataset", "EventDataset", "Recordings", "StereoWindows", "Labels", "FlowScores", "StereoExample"} <= kinds
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files("dsl", "spikegraph", "backends")
        if not str(path.relative_to(ROOT)).startswith(OWN)
        for line in questions_in(path, sorted(kinds))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(x, StereoDataset)",
        "issubclass(x, int | spec.StereoDataset)",
        "match x:\n    case StereoDataset(name): pass",
        "type(x) is StereoDataset",
    ],
)
def test_each_way_to_ask_is_seen(code):
    assert list(questions(ast.parse(code), {"StereoDataset"})) == [code.count("\n") + 1]
    assert may_ask(code, {"StereoDataset"})


def asked_names(top, names):
    """The lines that ask for one of these names, or have a table of several; a `look` says how something is drawn."""
    for node in ast.walk(top):
        match node:
            case ast.Compare() if "look" not in ast.unparse(node):
                parts = [node.left, *node.comparators]
            case ast.MatchValue():
                parts = [node.value]
            case ast.Subscript(value=ast.Name(id="TASKS" | "EXAMPLES" | "FORMS")):
                parts = [node.slice]
            case ast.Dict() if len({key.value for key in node.keys if isinstance(key, ast.Constant)} & names) > 1:
                parts = [key for key in node.keys if key is not None]
            case _:
                continue
        if any(isinstance(n, ast.Constant) and n.value in names for part in parts for n in ast.walk(part)):
            yield node.lineno


def test_tasks_and_kinds_of_examples_are_asked_for_their_names_nowhere():
    """Not by comparing them, nor by a table of some. Declarations of data sets, in `dsl/schema`, name theirs."""
    names = {name for registry in (TASKS, EXAMPLES) for name in registry if registry.is_built_in(name)}
    assert {"class", "disparity", "labels", "stereo", "image"} <= names
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files("dsl", "spikegraph", "backends")
        if not str(path.relative_to(ROOT)).startswith((*OWN, "dsl/schema/"))
        for line in asked_names(tree(path), names)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'task == form.task == "class"',
        'kind in ("stereo", "image")',
        'match task.name:\n    case "class": pass',
        'TASKS["class"]',
        '{"stereo": stereo, "image": images}',
    ],
)
def test_each_way_to_ask_for_a_name_is_seen(code):
    assert list(asked_names(ast.parse(code), {"class", "stereo", "image"})) == [code.count("\n") + 1]
