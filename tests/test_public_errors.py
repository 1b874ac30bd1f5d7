"""The errors that a user may catch are importable from the package."""

import builtins
import inspect
import re
from pathlib import Path

import spikegraph
from spikegraph.base import errors

PAGE = Path(__file__).parents[1] / "docs" / "python.md"


def public_errors():
    found = {name: getattr(spikegraph, name) for name in spikegraph.__all__}
    return {name for name, value in found.items() if isinstance(value, type) and issubclass(value, Exception)}


def test_what_functions_say_they_raise_is_importable():
    """A name behind `Raises:` is a class of Python or of the package."""
    named = set()
    for name in spikegraph.__all__:
        raises = (inspect.getdoc(getattr(spikegraph, name)) or "").partition("Raises:")[2]
        named |= set(re.findall(r"^ +([A-Z]\w+(?:, [A-Z]\w+)*): ", raises, re.MULTILINE))
    each = {one for names in named for one in names.split(", ")}
    assert {"SpecError", "DataError", "TrainError", "ForeignError"} <= each
    assert {one for one in each if not hasattr(builtins, one)} <= public_errors()


def test_every_class_of_the_module_of_errors_is_importable():
    assert {n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception)} <= public_errors()


def test_the_old_places_have_the_same_classes():
    from spikegraph.dsl.diagnostics import SpecError
    from spikegraph.foreign.errors import ForeignError
    from spikegraph.ir.inputs import InputError
    from spikegraph.plugins.registry import RegistrationError

    for cls in (SpecError, ForeignError, InputError, RegistrationError):
        assert getattr(spikegraph, cls.__name__) is cls


def test_the_page_lists_them():
    listed = set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8").partition("## Errors")[2].partition("\n## ")[0]))
    assert public_errors() <= listed
