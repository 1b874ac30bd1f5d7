"""Code outside of an operation and its kernel asks for traits, not for names or classes of operations."""

import ast
import re
from pathlib import Path

from kept_facts import kept
from sources import ROOT, python_files, text, tree

OWN = (
    *("spikegraph/ir/ops", "spikegraph/meaning/operations", "spikegraph/meaning/rounding"),
    *("backends/torch/kernels", "backends/nir/rules"),
)
"""Operations, their references, the bounds of their rounding, their kernels, and what they are in NIR."""

ASK = {
    "backends/graphviz/trellis.py: of(Trellis)": "the diagram of a trellis draws its layers and levels",
    "backends/torch/train/losses.py: isinstance(op, Estimate)": "the loss of Eq. 6 needs the step between planes",
    "spikegraph/elaborate/decided_paths.py: of(Trellis)": "the elaboration knows where a decided path ends",
    "spikegraph/elaborate/decisions.py: of(Choose)": "the genotype of a network decides its choices",
    "spikegraph/generate/choices.py: of(Choose)": "a random spec decides its choices on wires",
    "spikegraph/passes/bind_genotype.py: of(Cell)": "the pass binds cells to a genotype",
    "spikegraph/passes/bind_genotype.py: of(Choose)": "the pass decides choices on wires",
    "spikegraph/passes/bind_genotype.py: of(Trellis)": "the pass replaces a trellis by the cells on a path",
    "spikegraph/passes/choose.py: of(Resize)": "the pass takes the size of another position of a trellis",
    "spikegraph/passes/choose.py: of(Route)": "the pass keeps one path through a trellis",
    "spikegraph/passes/decided_kinds.py: of(Cell)": "the check decides cells without neurons",
    "spikegraph/passes/decided_kinds.py: of(Choose)": "the check decides choices on wires",
    "spikegraph/passes/expand_cells.py: of(Cell)": "the pass is the definition of what a cell consists of",
    "spikegraph/passes/expand_trellis.py: of(Trellis)": "the pass is the definition of what a searched trellis consists of",
    "spikegraph/passes/expand_trellis.py: of(TrellisEnd)": "the pass takes the level at which a path ends",
    "spikegraph/passes/path_steps.py: of(Trellis)": "the check goes through the paths of a trellis",
    "spikegraph/program/possible_weights.py: isinstance(node.op, Trellis)": "weights of a trellis have the names of its cells",
    "spikegraph/searches/cell_space.py: of(Trellis)": "the space of a trellis is its paths",
}
"""The places that ask, with their reason."""


def operations() -> set[str]:
    """The names of the classes of operations."""
    trees = (tree(path) for path in (ROOT / OWN[0]).glob("*.py"))
    return {c.name for each in trees for c in ast.walk(each) if isinstance(c, ast.ClassDef)}


@kept
def asked(path: Path, names: list[str]) -> list[str]:
    """The tests in a file for the class or the name of an operation."""
    found: list[str] = []
    known = set(names)
    if "op.name" not in text(path) and known.isdisjoint(re.findall(r"\b[A-Z]\w+", text(path))):
        return found
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[value, kinds]):
                named = {n.id for n in ast.walk(kinds) if isinstance(n, ast.Name)} & known
                found += [f"isinstance({ast.unparse(value)}, {name})" for name in sorted(named)]
            case ast.Call(func=ast.Attribute(attr="of"), args=kinds):
                found += [f"of({kind.id})" for kind in kinds if isinstance(kind, ast.Name) and kind.id in known]
            case ast.MatchClass(cls=ast.Name(id=name)) if name in known:
                found.append(f"case {name}")
            case ast.Compare(left=left, comparators=others):
                sides = [ast.unparse(side) for side in (left, *others)]
                looked_up = len(sides) == 2 and sides[1].isupper()  # in a registry
                found += [ast.unparse(node)] if any(s.endswith("op.name") for s in sides) and not looked_up else []
            case _:
                pass
    return found


def test_the_places_that_ask_for_a_class_or_a_name():
    known = operations()
    assert {"Lif", "Conv", "Cell"} <= known
    places = {p.relative_to(ROOT).as_posix(): p for p in python_files("spikegraph", "backends")}
    places = {name: p for name, p in places.items() if not name.startswith(OWN)}
    assert sorted(f"{name}: {what}" for name, p in places.items() for what in asked(p, sorted(known))) == sorted(ASK)
