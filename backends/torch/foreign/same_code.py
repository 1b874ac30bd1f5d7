"""Whether two modules run the same code, down to the functions and classes that this uses and the numbers that layers hold.

Functions are compared as Python has compiled them, so that comments, names of files and the breaks of lines don't count. What
isn't known to be the same is different: then a module is read as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, cast

import torch
from torch import Tensor, nn

IGNORED = frozenset(("__module__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__", "_backward_cls"))
"""What Python notes of a class, such as where it is, and what PyTorch makes of a function with a gradient of its own."""

HELD = frozenset(("_parameters", "_buffers", "_modules", "training"))
"""What a layer holds that is compared apart, or may differ."""

COMPILED = (
    "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_argcount", "co_posonlyargcount",
    "co_kwonlyargcount", "co_flags", "co_exceptiontable",
)  # fmt: skip
"""What of a compiled function says what it does, apart from its constants."""


def same_code(one: nn.Module, other: nn.Module) -> bool:
    """Whether two modules compute the same from the same weights: their layers have one structure, one code and equal numbers.

    Tensors only need to have the same shapes. Whether they train or evaluate may differ.
    """
    parts, others = (list(cast("Iterator[tuple[str, nn.Module]]", m.named_modules())) for m in (one, other))
    compared = _Compared()
    return len(parts) == len(others) and all(
        name == again and compared.parts(part, made) for (name, part), (again, made) in zip(parts, others, strict=True)
    )


def same_class(one: type, other: type) -> bool:
    """Whether two classes have the same code."""
    return _Compared().same(one, other)


class _Compared:
    """Compares values; pairs that are being compared count as equal, so that functions may name each other."""

    def __init__(self) -> None:
        self.seen = set[tuple[int, int]]()

    def parts(self, one: nn.Module, other: nn.Module) -> bool:
        """Whether two layers are the same but for the numbers of their tensors."""
        own, others = vars(one), vars(other)
        return (
            self.same(type(one), type(other))
            and self.mappings(_without(own, HELD), _without(others, HELD))
            and own["_modules"].keys() == others["_modules"].keys()
            and all(_shapes(own[kind]) == _shapes(others[kind]) for kind in ("_parameters", "_buffers"))
        )

    def same(self, one: object, other: object) -> bool:
        """Whether two values are the same."""
        if one is other or (id(one), id(other)) in self.seen:
            return True
        if type(one) is not type(other) and not (isinstance(one, type) and isinstance(other, type)):
            return False
        match one, other:
            case (bool() | int() | str() | bytes() | Path() | torch.dtype() | torch.Size(), _):
                return one == other
            case (float(), float()):
                return one.hex() == other.hex()
            case (Tensor(), Tensor()):
                return one.dtype == other.dtype and torch.equal(one, other)
            case (tuple() | list(), tuple() | list()):
                return self.rows(cast("list[object]", one), cast("list[object]", other))
            case (dict(), dict()):
                return self.mappings(cast("dict[Any, object]", one), cast("dict[Any, object]", other))
            case (set() | frozenset(), _):
                return one == other
            case (staticmethod() | classmethod(), staticmethod() | classmethod()):
                return self.same(cast("Any", one).__func__, cast("Any", other).__func__)
            case (CodeType(), CodeType()):
                return self.compiled(one, other)
            case (FunctionType(), FunctionType()):
                self.seen.add((id(one), id(other)))
                return self.functions(one, other)
            case (type(), type()):
                self.seen.add((id(one), id(other)))
                return self.classes(one, other)
            case _:
                return False

    def rows(self, one: Iterable[object], other: Iterable[object]) -> bool:
        """Whether the values of two rows are the same."""
        values, others = list(one), list(other)
        return len(values) == len(others) and all(map(self.same, values, others))

    def mappings(self, one: Mapping[Any, object], other: Mapping[Any, object]) -> bool:
        """Whether two mappings have the same values, by the same keys."""
        return one.keys() == other.keys() and all(self.same(value, other[key]) for key, value in one.items())

    def classes(self, one: type, other: type) -> bool:
        """Whether two classes have the same code."""
        own, others = (_without(vars(kind), IGNORED) for kind in (one, other))
        named = (one.__name__, one.__qualname__) == (other.__name__, other.__qualname__)
        return named and type(one) is type(other) and self.rows(one.__bases__, other.__bases__) and self.mappings(own, others)

    def functions(self, one: FunctionType, other: FunctionType) -> bool:
        """Whether two functions do the same, also with what they name outside."""
        defaults = (one.__defaults__, one.__kwdefaults__, vars(one)), (other.__defaults__, other.__kwdefaults__, vars(other))
        cells = [[cell.cell_contents for cell in function.__closure__ or ()] for function in (one, other)]
        named = {name for code in _codes(one.__code__) for name in code.co_names}
        return (
            self.compiled(one.__code__, other.__code__)
            and self.same(*defaults)
            and self.rows(*cells)
            and self.mappings(*({n: f.__globals__[n] for n in named if n in f.__globals__} for f in (one, other)))
        )

    def compiled(self, one: CodeType, other: CodeType) -> bool:
        """Whether two compiled functions do the same."""
        if any(getattr(one, name) != getattr(other, name) for name in COMPILED if hasattr(one, name)):
            return False
        return self.rows(one.co_consts, other.co_consts)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A compiled function with those inside it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _without(values: Mapping[str, object], names: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}


def _shapes(tensors: Mapping[str, Tensor | None]) -> dict[str, tuple[int, ...] | None]:
    return {name: None if x is None else tuple(x.shape) for name, x in tensors.items()}
