"""Each wrong line of a kernel, gradient, export or reader of weights is found by a check that passes without it."""

import re
from collections import Counter
from pathlib import Path

import jaxtyping
import pytest
from changed_code import changed
from checks import CHECKS
from wrong_code import FAULTS
from wrong_passes import FAULTS as IN_PASSES

from ..traceable import without_checks

pytestmark = pytest.mark.usefixtures("quickly_compiled")


@pytest.fixture
def traceable(monkeypatch):
    """Checks of shapes and of classes' fields can't be traced."""

    def switch(check):
        if check.traces:
            jaxtyping.config.update("jaxtyping_disable", True)
            without_checks(monkeypatch)

    return switch


def marked(name, *values, id):
    return pytest.param(*values, marks=[pytest.mark.native] * CHECKS[name].native, id=id.replace(" ", "-"))


@pytest.mark.parametrize("name", [marked(name, name, id=name) for name in CHECKS])
def test_a_check_passes(name, traceable):
    traceable(CHECKS[name])
    CHECKS[name].run()


@pytest.mark.parametrize("fault", [marked(f.found_by, f, id=f"{f.found_by}: {f.what}") for f in FAULTS])
def test_a_fault_is_found(fault, traceable):
    check = CHECKS[fault.found_by]
    traceable(check)
    with changed(fault.where, fault.right, fault.wrong), pytest.raises(check.finds):
        check.run()


def test_every_check_finds_something():
    assert CHECKS.keys() == {fault.found_by for fault in FAULTS}


def test_the_guide_counts_them():
    text = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"<!-- begin: mistakes -->\n(.*?)<!-- end: mistakes -->", text, re.DOTALL)
    shown = {kind.split(" ")[0]: int(count) for kind, count in re.findall(r"^\| (\w[^|]*?) \| (\d+) \|", table, re.MULTILINE)}
    assert shown == {f"{kind}s": count for kind, count in Counter(f.kind for f in FAULTS).items()} | {"passes": len(IN_PASSES)}


def test_mistakes_have_names_of_their_own():
    names = [f"{f.found_by}: {f.what}" for f in FAULTS]
    assert len(set(names)) == len(names)
