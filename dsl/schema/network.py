"""The records of `network` and of its statements."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Optional, Whole
from spikegraph.dsl.source import Span

INPUT_KINDS: dict[str, str] = {"events": "-1, 0 or 1: the sign of summed polarities", "spike": "0 or 1", "real": "any number"}


@dataclass(frozen=True)
class Wire:
    """A statement of the dataflow: `name = value` or `output name = value`."""

    name: str
    value: Expr
    output: bool
    span: Span


@dataclass(frozen=True)
class Block:
    """`block NAME(parameters) { wires; return result }`."""

    name: str
    parameters: tuple[str, ...]
    wires: tuple[Wire, ...]
    result: Expr
    span: Span


@dataclass(frozen=True)
class NetworkInput:
    """`input name : kind[dims]`; the dims are expressions over the network's params."""

    name: str
    kind: str
    dims: tuple[Expr, ...]
    span: Span


@record
class Network:
    """`network NAME { ... }`; `params` are the defaults, in order, each an expression over the params before it."""

    name: str
    params: Mapping[str, Expr]
    inputs: tuple[NetworkInput, ...]
    time: int | None = key(
        Optional(Whole(1, 4096)), "none", "time steps for which a static input is repeated; `none`: the inputs have time steps"
    )
    blocks: tuple[Block, ...]
    wires: tuple[Wire, ...]
    span: Span
