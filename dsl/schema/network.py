"""The records of `network` and of its statements."""

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import override

from spikegraph.dsl.ast import Binary, Expr, Name
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.param_values import ParamKind
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.dsl.schema.names import Choice, Declared
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Optional, Whole
from spikegraph.dsl.shown import counted, few
from spikegraph.dsl.source import Span

MOST_STEPS = 4096
_STEPS = Whole(1, MOST_STEPS)
WORDS = ("none", "None", "null", "nil", "true", "false")

INPUT_KINDS: dict[str, str] = {"events": "-1, 0 or 1: the sign of summed polarities", "spike": "0 or 1", "real": "any number"}


@record
class Steps(Optional[int]):
    """A number of time steps, `none`, or an expression over the network's params, which the elaboration evaluates."""

    inner: ValueType[int] = _STEPS

    @property
    @override
    def words(self) -> str:
        return f"{super().words}, or an expression over the params"

    @override
    def read(self, expr: Expr, scope: Scope) -> Reading[Any] | None:
        if isinstance(expr, Name | Binary) and not (isinstance(expr, Name) and expr.id in WORDS):
            return Reading(expr, expr)
        return super().read(expr, scope)


@record
class Wire:
    """A statement of the dataflow: `name = value` or `output name = value`."""

    name: str
    value: Expr
    output: bool
    span: Span


@record
class Block:
    """`block NAME(parameters) { wires; return result }`.

    `params` are the defaults, in order, `neurons` names those that are neurons, and `kinds` has the kinds of all. `stated` says
    whether the text has `weights`. A block in a network also sees the network's params; one beside it, where `top` is true,
    has only its own.
    """

    name: str
    parameters: tuple[str, ...]
    weights: Literal["own", "shared"] = key(
        Choice(("own", "shared")), "shared", "whether each use has weights of its own, or all uses have the same"
    )
    stated: bool
    params: Mapping[str, Expr]
    neurons: frozenset[str]
    kinds: Mapping[str, ParamKind]
    wires: tuple[Wire, ...]
    result: Expr
    top: bool
    head: Span
    span: Span

    def __repr__(self) -> str:
        return f"<block {self.name} at {self.span.start}, parameters {few(self.parameters)}>"


@record
class NetworkInput:
    """`input name : kind[dims]`; the dims are expressions over the network's params."""

    name: str
    kind: str
    dims: tuple[Expr, ...]
    span: Span


@record
class FirstNeuron:
    """A network's neuron is only the first of several in the text; `edit` would name it, where there is a place for that.

    `written` is its name in the network's file.
    """

    names: tuple[str, ...]
    written: str
    at: Span
    edit: Fix | None


@record
class Network:
    """`network NAME { ... }`; `params` are the defaults, in order, each an expression over the params before it.

    `neurons` names the params that are neurons, and `kinds` has the kinds of all. `first` is there if `neuron` isn't written.
    """

    name: str
    params: Mapping[str, Expr]
    neurons: frozenset[str]
    kinds: Mapping[str, ParamKind]
    inputs: tuple[NetworkInput, ...]
    time: int | Expr | None = key(
        Steps(), "none", "time steps for which a static input is repeated; `none`: the inputs have time steps"
    )
    neuron: str | None = key(
        Optional(Declared("neuron")),
        "none",
        "neuron of operations that name none; if it isn't given, the first of the network's file, or else of its imports",
    )
    first: FirstNeuron | None
    blocks: tuple[Block, ...]
    wires: tuple[Wire, ...]
    span: Span

    def __repr__(self) -> str:
        inputs = few(x.name for x in self.inputs)
        return f"<network {self.name} at {self.span.start}, inputs {inputs}, {counted(len(self.wires), 'wire')}>"
