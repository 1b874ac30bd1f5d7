"""Registries: names that exist, values that replace others, and plug-ins that fail."""

import pytest

from spikegraph.base.errors import PluginError
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.owners import added, forget, loading, replacing
from spikegraph.plugins.registry import HINT, RegistrationError, Registry, hinted, when_used
from spikegraph.plugins.uses import collecting


@pytest.fixture
def numbers():
    """A registry of its own; a registry that has been used stays in the list of all."""
    return Registry("number", "spikegraph.group_of_a_test", {"one": 1})


def test_a_registry_is_a_mapping_in_the_order_of_registration(numbers):
    numbers.register("two", 2)
    assert (list(numbers), len(numbers), numbers["two"], numbers.get("three")) == (["one", "two"], 2, 2, None)
    assert "one" in numbers
    assert repr(numbers) == "<registry of spikegraph.group_of_a_test: one, two>"


def test_a_name_is_registered_once(numbers):
    message = "number `one` is already registered by spikegraph; `replace=True` replaces it on purpose"
    with pytest.raises(RegistrationError) as told:
        numbers.register("one", 11)
    assert str(told.value) == message
    numbers.register("one", 1)  # the same value
    assert numbers["one"] == 1
    with loading("my_numbers.py"):
        numbers.register("two", 2)
    with pytest.raises(RegistrationError, match="`two` is already registered by my_numbers"):
        numbers.register("two", 22)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (FUNCTION, Ellipsis, "a function or a class, not an object of `ellipsis`"),
        (type, print, "a class, not an object of `builtin_function_or_method`"),
        (int, str, "an object of `int`, not the class `str`"),
        ((int, float), "3", "an object of `int` or `float`, not an object of `str`"),
    ],
)
def test_values_are_of_one_kind(kind, value, message):
    with pytest.raises(RegistrationError) as told:
        Registry("number", "spikegraph.group_of_a_test", kind=kind).register("two", value)
    assert str(told.value) == f"number `two`: register {message}"


def test_what_is_replaced_comes_back(numbers):
    with loading("a.py"):
        numbers.register("one", 11, replace=True)
        numbers.register("two", 2)
    assert dict(numbers) == {"one": 11, "two": 2}
    assert added("a.py") == ["number `one`", "number `two`"]
    assert "a.py" in replacing()
    forget("a.py")
    assert dict(numbers) == {"one": 1}
    assert "a.py" not in replacing()


def test_what_is_looked_up_by_its_name_is_used(numbers):
    with loading("a.py"):
        numbers.register("two", 2)
    with loading("b.py"):
        numbers.register("three", 3)
    numbers["three"]
    with collecting() as outer:
        assert [*numbers.values(), *numbers.items()] == [1, 2, 3, ("one", 1), ("two", 2), ("three", 3)]
        assert (numbers.get("four"), "five" in numbers, numbers["one"]) == (None, False, 1)
        assert not outer
        with collecting() as inner:
            assert "two" in numbers
        with collecting(joined=True) as same:
            assert numbers.get("three") == 3
    assert (list(inner), list(outer)) == (["a.py"], ["b.py"])
    assert same is outer
    assert not {"a.py", "b.py"} & {*replacing()}
    forget("a.py")
    forget("b.py")


def test_what_fails_leaves_nothing(numbers):
    def load():
        with loading("b.py"):
            numbers.register("two", 2)
            numbers.register("one", 11, replace=True)
            numbers.register("two", 22)

    with pytest.raises(RegistrationError):
        load()
    assert dict(numbers) == {"one": 1}


def test_functions_wait_for_the_first_use():
    called = []
    with loading("c.py"):

        @when_used("spikegraph.other_group_of_a_test")
        def fail():
            later.register("three", 3)
            raise RuntimeError("three is too many")

        @when_used("spikegraph.other_group_of_a_test")
        def after_a_failure():
            later.register("four", 4)

    with loading("d.py"):

        @when_used("spikegraph.other_group_of_a_test")
        def fill():
            called.append(True)
            later.register("two", 2)

    later = Registry("number", "spikegraph.other_group_of_a_test", {"one": 1})
    assert called == []
    with pytest.raises(PluginError) as told:
        list(later)
    assert told.value.summary == f"c.py:{fail.__code__.co_firstlineno + 3}: RuntimeError: three is too many"
    assert (told.value.help or "").startswith("correct the plug-in, or leave out ")
    assert called == [True]
    with pytest.raises(PluginError, match="three is too many"):
        list(later)
    forget("c.py")
    assert list(later) == ["one", "two"]

    @when_used("spikegraph.other_group_of_a_test")
    def at_once():
        called.append(False)

    assert called == [True, False]


def test_the_help_about_names(numbers):
    assert hinted("did you mean `one`?", numbers) == f"did you mean `one`? {HINT}"
    assert hinted("did you mean `one`?", {"one": 1}) == "did you mean `one`?"


def test_the_order_of_names_is_that_in_which_they_are_declared():
    """Whatever was looked up first."""
    registry = Registry[str]("thing", "spikegraph.group_of_a_test", {"zero": "0"})
    registry.read_later(("one", "two", "three"), str.upper)
    assert registry["two"] == "TWO"
    assert [*registry] == ["zero", "one", "two", "three"]
    assert len(registry) == 4
