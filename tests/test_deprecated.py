"""The decorators for functions and parameters that are going away."""

import pytest

from spikegraph.plugins.deprecated import deprecated, renamed


@deprecated("spikegraph.new", since="0.1", removed="99.0")
def old(a: int, *, b: int = 2) -> int:
    """Adds."""
    return a + b


@renamed("alpha", "a", since="0.1", removed="99.0")
def add(a, b=1):
    """Adds."""
    return a + b


def test_a_deprecated_function_names_what_replaces_it():
    message = r"^`old` is deprecated since version 0\.1 and is removed in 99\.0; write `spikegraph\.new`$"
    with pytest.warns(DeprecationWarning, match=message) as told:
        assert old(1, b=3) == 4
    assert told[0].filename == __file__
    assert old.__doc__ == "Adds."


def test_a_renamed_parameter_is_accepted_under_its_old_name():
    assert add(a=1) == 2
    message = r"^add\(\): `alpha` is deprecated since version 0\.1 and is removed in 99\.0; write `a`$"
    with pytest.warns(DeprecationWarning, match=message) as told:
        assert add(alpha=3) == 4
    assert told[0].filename == __file__
    with pytest.raises(TypeError, match=r"add\(\) got both `alpha` and `a`, which mean the same"):
        add(a=1, alpha=3)
