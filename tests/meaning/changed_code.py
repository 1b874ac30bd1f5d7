"""One line of a function, changed while a block runs: wherever the function is called from, it computes something else."""

import __future__

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from textwrap import dedent
from types import CodeType
from typing import Any

Mistake = tuple[str, str, str, str]
"""What it is in words, and where, right and wrong as `changed` takes them."""


@contextmanager
def changed(where: str, right: str, wrong: str) -> Iterator[None]:
    """Changes a function.

    Args:
        where: Its module and its name in it, below the package, such as `backends.torch.plan:Loop.run`.
        right: A text that its source has once.
        wrong: What stands there instead.
    """
    function: Any = inspect.unwrap(resolve_name(f"spikegraph.{where}"))
    kept = function.__code__
    try:
        function.__code__ = _compiled(function, right, wrong)
        _forget()
        yield
    finally:
        function.__code__ = kept
        _forget()


def _forget() -> None:
    """Forgets what was made of models of neurons before."""
    own = "backends.torch.modules"
    for cached in (
        "ir.neuron_equations:expanded_equations",
        f"{own}.resolved_neurons:_steps_of",
        f"{own}.resolved_neurons:_over_time_of",
        f"{own}.generated_neurons:made_for",
    ):
        resolve_name(f"spikegraph.{cached}").cache_clear()


def _compiled(function: Callable[..., object], right: str, wrong: str) -> CodeType:
    source = dedent(inspect.getsource(function))
    assert source.count(right) == 1, f"`{function.__qualname__}` has {right!r} {source.count(right)} times, not once"
    tree = ast.parse(source.replace(right, wrong))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()
    made: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(tree, function.__code__.co_filename, "exec", flags), vars(sys.modules[function.__module__]), made)
    return made[definition.name].__code__
