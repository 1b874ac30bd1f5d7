"""The base class of operations (operands, parameters, type rule) and their registry."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args, overload

from pydantic import BaseModel, ConfigDict

from spikegraph.ir.types import Value
from spikegraph.registry import Registry


class TypeRuleError(Exception):
    """An operation does not accept its operands; the graph adds the source location.

    Attributes:
        summary: The error, in one line.
        help: How to fix it, if that is known.
        code: Diagnostic code.
    """

    def __init__(self, summary: str, help: str | None = None, code: str = "SG0301") -> None:
        super().__init__(summary)
        self.summary, self.help, self.code = summary, help, code


class Data(BaseModel):
    """A frozen model that refuses unknown fields: the base of operations and their parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Op(Data):
    """An operation. `spikegraph ops` prints the first line of a subclass's docstring; its fields are the parameters.

    Class attributes:
        name: Name in the language and in the text of graphs.
        operands: Names of the operands in order; a name with `*` stands for one or more operands.
        written: If true, specs may use it; otherwise only the elaboration and passes create it.
        composite: If true, passes expand it before lowering.
        implied: Operands that may be omitted; the default is the network's first input.
        hidden: Parameters that specs can't set; passes set them.
        statistics: If true, it keeps a running mean and variance besides its weights.
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
        """Infers the type of the result from the types of the operands.

        Raises:
            TypeRuleError: The operation does not accept these operands.
        """

    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        """Shapes of the trainable tensors by name; none by default."""
        return {}

    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """Shapes of the trainable tensors by the names of the weights that they belong to; by default `name`, its own."""
        tensors = self.weights(*operands)
        return {name: tensors} if tensors else {}

    def additions(self, *operands: Value) -> int:
        """Number of multiply-accumulates per time step and sample if computed densely; 0 if negligible."""
        return 0

    @classmethod
    def summary(cls) -> str:
        """The docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """Names and defaults of the parameters in order; the default is `...` for required ones."""
        return {k: (... if f.is_required() else f.default) for k, f in cls.model_fields.items()}

    @classmethod
    def choices(cls, parameter: str) -> tuple[str, ...]:
        """The allowed words of `parameter`; empty if it is not an enumeration."""
        found = get_args(cls.model_fields[parameter].annotation)
        return tuple(w for w in found if isinstance(w, str))


AnyOp = TypeVar("AnyOp", bound=Op)

OPS: Registry[type[Op]] = Registry("operation", "spikegraph.ops", package="spikegraph.ir.ops")
"""All operations by name."""


@overload
def register(op: type[AnyOp], *, replace: bool = False) -> type[AnyOp]: ...


@overload
def register(op: None = None, *, replace: bool = False) -> Callable[[type[AnyOp]], type[AnyOp]]: ...


def register(op: type[AnyOp] | None = None, *, replace: bool = False) -> type[AnyOp] | Callable[[type[AnyOp]], type[AnyOp]]:
    """Class decorator that adds an operation to `OPS`: `@register` or `@register(replace=True)`.

    Raises:
        RegistrationError: Another operation has this name, and `replace` is false.
    """

    def add(op: type[AnyOp]) -> type[AnyOp]:
        OPS.register(op.name, op, replace=replace)
        return op

    return add if op is None else add(op)


@cache  # `verify` calls this for every node after every pass
def arity(op: type[Op]) -> tuple[int, int | None]:
    """The minimum and maximum number of operands; a maximum of None is unlimited."""
    variadic = any(o.startswith("*") for o in op.operands)
    return len(op.operands), None if variadic else len(op.operands)


def same_size(op: str, values: tuple[Value, ...], *, channels: bool) -> None:
    """Checks that the sizes (and channels) of operands agree and that none has an open trellis level.

    Raises:
        TypeRuleError: They differ, or a level is open.
    """
    first = values[0]
    for i, v in enumerate(values):
        closed(op, v)
        if v.size != first.size or (channels and v.channels != first.channels):
            what = "channels and sizes" if channels else "sizes"
            raise TypeRuleError(
                f"`{op}` needs operands of equal {what}, not {first} and {v} (operands 1 and {i + 1})",
                "resize one of them, for example with `restore`" if v.size != first.size else None,
                "SG0302",
            )


def spatial(op: str, value: Value, least: int = 2) -> None:
    """Checks that a value has `least` to 3 spatial axes and no open trellis level.

    Raises:
        TypeRuleError: It has another number of axes, or its level is open.
    """
    closed(op, value)
    if not least <= len(value.size) <= 3:
        axes = "2 or 3 spatial axes" if least == 2 else f"{least} to 3 spatial axes"
        raise TypeRuleError(f"`{op}` needs {axes}, not {value}", code="SG0302")


def closed(op: str, value: Value) -> None:
    """Checks that a value is not the output of a trellis whose level is still open.

    Raises:
        TypeRuleError: The level is open.
    """
    if value.levels != 1:
        raise TypeRuleError(
            f"`{op}` can't take {value}: the trellis may end at any of its levels",
            "put `restore(...)` after the trellis",
            "SG0303",
        )
