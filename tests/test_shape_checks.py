"""Checks of shapes that were made aren't made again; everything else is still found."""

from collections import deque
from collections.abc import Sequence

import jaxtyping
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from . import shape_checks

Row = Float[Tensor, " a"]
AB = Float[Tensor, "a b"]
BC = Float[Tensor, "b c"]
AC = Float[Tensor, "a c"]


@pytest.fixture
def checked(monkeypatch):
    """Decorates as the modules of the package are, and counts the functions that jaxtyping is given."""
    from beartype import beartype

    found = []
    real = shape_checks.JAXTYPED

    def counted(function, **how):
        inner = real(function, **how)
        return lambda *args, **kwargs: found.append(function.__name__) or inner(*args, **kwargs)

    monkeypatch.setattr(shape_checks, "FORMS", {})
    return shape_checks.decorated(counted, typechecker=beartype), found


def product(x: AB, y: BC, cut: int = 0) -> AC:
    return (x @ y)[cut:]


def pairs(x: Row, others: list[Row]) -> Row:
    return x + sum(others)


def test_the_same_shapes_are_checked_once(checked):
    decorate, made = checked
    call = decorate(product)
    for _ in range(3):
        call(torch.ones(2, 3), torch.ones(3, 4))
    assert made == ["product"]
    call(torch.ones(2, 3), torch.ones(3, 5))
    assert made == ["product"] * 2


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        (product, [(2, 3), (3, 4)], [(2, 3), (2, 4)]),
        (product, [(2, 3), (3, 4)], [(2, 3), (3, 4, 1)]),
        (pairs, [(2,), [(2,), (2,)]], [(2,), [(1,), (1,)]]),
    ],
    ids=["a size", "the number of axes", "in a list"],
)
def test_wrong_arguments_are_found_after_right_ones(checked, function, right, wrong):
    def made(shapes):
        return [[torch.ones(s) for s in shape] if isinstance(shape, list) else torch.ones(shape) for shape in shapes]

    call = checked[0](function)
    call(*made(right))
    with pytest.raises(
        jaxtyping.TypeCheckError, match=rf"checking the parameters of tests\.test_shape_checks\.{function.__name__}\."
    ):
        call(*made(wrong))
    with pytest.raises(jaxtyping.TypeCheckError, match="checking the parameters of"):
        call(*(value.long() if isinstance(value, torch.Tensor) else value for value in made(right)))
    call(*made(right))


def test_a_number_among_the_arguments_counts(checked):
    call = checked[0](product)
    call(torch.ones(2, 3), torch.ones(3, 4), cut=0)
    with pytest.raises(jaxtyping.TypeCheckError, match=r"checking the return value of tests\.test_shape_checks\.product\."):
        call(torch.ones(2, 3), torch.ones(3, 4), cut=1)


def test_a_wrong_result_is_found_after_a_right_one(checked):
    sizes = iter((2, 2, 3))

    def sized(x: Row) -> Row:
        return torch.ones(next(sizes))

    call = checked[0](sized)
    call(torch.ones(2))
    call(torch.ones(2))
    with pytest.raises(jaxtyping.TypeCheckError, match=r"checking the return value of tests\.test_shape_checks\.test_a_wrong"):
        call(torch.ones(2))


def test_functions_in_functions_share_what_was_checked(checked):
    decorate, made = checked

    def outer(factor):
        def inner(x: Row) -> Row:
            return factor * x

        return decorate(inner)

    assert [float(outer(factor)(torch.ones(1))) for factor in (1, 2, 3)] == [1, 2, 3]
    assert made == ["inner"]
    with pytest.raises(jaxtyping.TypeCheckError, match="inner"):
        outer(1)(torch.ones(1, 1))


def test_what_cannot_be_told_is_checked_each_time(checked):
    decorate, made = checked

    def first(rows: Sequence[Row]) -> Row:
        return rows[0]

    call = decorate(first)
    for _ in range(2):
        call(deque([torch.ones(2)]))
    assert made == ["first"] * 2
    with pytest.raises(jaxtyping.TypeCheckError, match="first"):
        call(deque([torch.ones(2, 2)]))
