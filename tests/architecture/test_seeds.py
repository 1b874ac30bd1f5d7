"""Random numbers are reproducible: every generator is seeded, and no module draws numbers when imported."""

import ast
import re
import textwrap

from kept_facts import kept
from sources import ROOT, python_files, text, tree

GENERATORS = ("default_rng", "Random", "RandomState", "SeedSequence")
DRAWS = ("torch.rand", "torch.randn", "torch.randint", "torch.randperm")
MODULES = ("np.random.", "random.")
SUSPECT = re.compile(
    rf"\b({'|'.join((*GENERATORS, 'Generator'))})\s*\(\s*(#.*\s*)*\)"
    rf"|{'|'.join(DRAWS).replace('.', '[.]')}|\brandom[.](?!({'|'.join(GENERATORS)})\b)"
)
"""A text without this has no line that counts."""


def dotted(node):
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def unseeded(tree):
    """Lines that create an unseeded generator, or use the global one at import, before a test can seed it."""
    found, nodes = set(), list(ast.walk(tree))
    seeded = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr == "manual_seed"}
    for node in nodes:
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = dotted(node.func)
            if name.rpartition(".")[2] in GENERATORS or (name == "torch.Generator" and id(node) not in seeded):
                found.add(node.lineno)

    def at_import(node):
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        draws = name in DRAWS or (name.startswith(MODULES) and name.rpartition(".")[2] not in GENERATORS)
        if draws and not any(keyword.arg == "generator" for keyword in node.keywords):
            found.add(node.lineno)
        # A function's decorators and defaults run at import, its body doesn't.
        later = node.body if isinstance(node, ast.FunctionDef) else [node.body] if isinstance(node, ast.Lambda) else []
        for child in ast.iter_child_nodes(node):
            if child not in later:
                at_import(child)

    at_import(tree)
    return sorted(found)


@kept
def unseeded_in(path):
    return unseeded(tree(path)) if SUSPECT.search(text(path)) else []


def test_random_numbers_are_seeded():
    paths = python_files("dsl", "spikegraph", "backends", "tests")
    assert len(paths) > 200
    lines = {str(p.relative_to(ROOT)): unseeded_in(p) for p in paths}
    assert {name: found for name, found in lines.items() if found} == {}


def test_the_rules_see_what_they_should():
    code = """
        a = np.random.default_rng()
        b = np.random.default_rng(1).normal()
        c = torch.Generator()
        d = torch.Generator().manual_seed(1)
        e = torch.rand(3, generator=d)
        @pytest.mark.parametrize("x", [torch.rand(3)])
        def f(x, y=random.random()):
            return torch.rand(3), random.Random()
        g = lambda: torch.rand(3)
    """
    assert unseeded(ast.parse(textwrap.dedent(code))) == [2, 4, 7, 8, 9]
    lines = textwrap.dedent(code).splitlines()
    assert [n for n, line in enumerate(lines, 1) if SUSPECT.search(line)] == [2, 4, 5, 6, 7, 8, 9, 10]
