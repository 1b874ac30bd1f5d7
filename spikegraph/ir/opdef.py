"""What an operation is: a frozen model with operands, parameters and a type rule."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from spikegraph.ir.types import Value


class TypeRuleError(Exception):
    """Operands that an operation can't take; the graph adds the place in the spec.

    Attributes:
        summary: What is wrong, in one line.
        help: The mend, if one is known.
        code: The diagnostic's code.
    """

    def __init__(self, summary: str, help: str | None = None, code: str = "SG0301") -> None:
        super().__init__(summary)
        self.summary, self.help, self.code = summary, help, code


class Data(BaseModel):
    """A frozen model without room for unknown fields: operations and what they are made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Op(Data):
    """An operation. The subclass's docstring opens with one line for `spikegraph ops`, its fields are its parameters.

    Class attributes:
        name: As the language and the graph's text write it.
        operands: The operands' names in order; one that starts with `*` takes any number, from one.
        written: Whether the language may call it; others are made by the elaboration and the passes.
        composite: Whether passes take it apart before lowering.
        implied: Operands that may be left out: the network's first input is meant.
        hidden: Parameters that the language doesn't write; passes set them.
        statistics: Whether it keeps a running mean and variance beside its weights.
    """

    name: ClassVar[str]
    operands: ClassVar[tuple[str, ...]] = ("x",)
    written: ClassVar[bool] = True
    composite: ClassVar[bool] = False
    implied: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()
    statistics: ClassVar[bool] = False

    @abstractmethod
    def infer(self, *operands: Value) -> Value:
        """The type rule: the result's type.

        Raises:
            TypeRuleError: The operands don't fit.
        """

    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        """Trainable tensors by name, with shapes; none by default."""
        del operands
        return {}

    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """Its trainable tensors under the names of those who own them: by default its own, `name`."""
        tensors = self.weights(*operands)
        return {name: tensors} if tensors else {}

    def additions(self, *operands: Value) -> int:
        """Multiply-accumulates of one time step of one sample, as a dense layer; 0 for what has none to speak of."""
        del operands
        return 0

    @classmethod
    def summary(cls) -> str:
        """The docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The parameters' names and defaults in order; `...` marks one that must be given."""
        return {k: (... if f.is_required() else f.default) for k, f in cls.model_fields.items()}

    @classmethod
    def choices(cls, parameter: str) -> tuple[str, ...]:
        """The words that `parameter` may be, if it is one of a list of words."""
        found = get_args(cls.model_fields[parameter].annotation)
        return tuple(w for w in found if isinstance(w, str))


AnyOp = TypeVar("AnyOp", bound=Op)

OPS: dict[str, type[Op]] = {}
"""Every operation by name."""


def register(op: type[AnyOp]) -> type[AnyOp]:
    """Adds an operation to `OPS`; a decorator, also for other packages (entry point `spikegraph.ops`).

    Raises:
        ValueError: The name is taken by another class.
    """
    if OPS.setdefault(op.name, op) is not op:
        raise ValueError(f"an operation `{op.name}` is registered already, by {OPS[op.name].__module__}")
    return op


@cache  # a class doesn't change its operands, and every node is asked at every verification
def arity(op: type[Op]) -> tuple[int, int | None]:
    """The least and the greatest number of operands; None is no bound."""
    variadic = any(o.startswith("*") for o in op.operands)
    return len(op.operands), None if variadic else len(op.operands)


def same_size(op: str, values: tuple[Value, ...], *, channels: bool) -> None:
    """Refuses operands whose sizes (and channels) differ, or whose level is open.

    Raises:
        TypeRuleError: They differ.
    """
    first = values[0]
    for i, v in enumerate(values):
        closed(op, v)
        if v.size != first.size or (channels and v.channels != first.channels):
            what = "channels and sizes" if channels else "sizes"
            raise TypeRuleError(
                f"`{op}` takes operands of equal {what}, not {first} and {v} (operands 1 and {i + 1})",
                "bring one to the size of the other, for example with `restore`" if v.size != first.size else None,
                "SG0302",
            )


def spatial(op: str, value: Value, least: int = 2) -> None:
    """Refuses a value with fewer than `least` or more than 3 spatial axes, or whose level is open.

    Raises:
        TypeRuleError: It has.
    """
    closed(op, value)
    if not least <= len(value.size) <= 3:
        axes = "2 or 3 spatial axes" if least == 2 else f"{least} to 3 spatial axes"
        raise TypeRuleError(f"`{op}` takes {axes}, not {value}", code="SG0302")


def closed(op: str, value: Value) -> None:
    """Refuses the output of a trellis whose level isn't chosen.

    Raises:
        TypeRuleError: The level is open.
    """
    if value.levels != 1:
        raise TypeRuleError(
            f"`{op}` can't take {value}: the trellis may end at any of its levels",
            "put `restore(...)` behind the trellis",
            "SG0303",
        )
