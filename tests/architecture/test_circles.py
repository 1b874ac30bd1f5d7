"""No module imports itself, however many others are between, when it is loaded or when its functions run.

Imports for the type checker alone may go in circles: the base class of operations names the types that its methods get, whose
modules need that class. Nothing is imported there when the program runs.
"""

from graphlib import CycleError, TopologicalSorter

import pytest
from sources import Import, module_of, own_imports


def circle(imports):
    """A circle of imports as the names of its modules, the first once more at its end; empty if there is none."""
    of: dict[str, set[str]] = {}
    for i in imports:
        if i.when != "types":
            of.setdefault(module_of(i.file), set()).add(i.module)
    try:
        TopologicalSorter(of).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


def test_no_module_imports_itself():
    found = own_imports()
    assert len(found) > 1000
    assert circle(found) == []


@pytest.mark.parametrize("when", ["load", "call"])
def test_circles_are_seen(when):
    chain = [
        Import("spikegraph/a.py", 1, "spikegraph.b", "load"),
        Import("spikegraph/b.py", 1, "spikegraph.c", "load"),
        Import("spikegraph/c.py", 1, "spikegraph.d", "load"),
        Import("spikegraph/c.py", 2, "spikegraph.a", "types"),
    ]
    assert circle(chain) == []
    found = circle([*chain, Import("spikegraph/c.py", 3, "spikegraph.b", when)])
    assert found in (["spikegraph.b", "spikegraph.c", "spikegraph.b"], ["spikegraph.c", "spikegraph.b", "spikegraph.c"])
