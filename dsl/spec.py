"""A checked spec: what `resolve` makes of a file and its imports.

Names of declarations are resolved, `like` is merged, every key has its value or its default, and values have their
Python types. What needs the operations' type rules (the dataflow of a network, surrogates, pipelines of candidates) stays as
expressions, with spans, for the elaboration.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.source import Span

Scalar = bool | int | float | str | None


@dataclass(frozen=True)
class CallValue:
    """A name with evaluated arguments, such as `dspike(b = 3)` or `sgd(lr = 0.1)`.

    Calls of the language's own vocabulary (optimisers, schedules, losses, augmentations) hold every parameter by name,
    defaults included, and nothing in `positional`. Others (surrogates) hold what is written.
    """

    name: str
    positional: "tuple[Value, ...]"
    named: "Mapping[str, Value]"
    span: Span


Value = Scalar | CallValue | tuple["Value", ...]


@dataclass(frozen=True)
class Neuron:
    """`neuron NAME { ... }`, Eq. 1; `surrogate` is checked by the elaboration."""

    name: str
    decay: float
    threshold: float
    reset: str
    detach_reset: bool
    surrogate: CallValue
    span: Span


@dataclass(frozen=True)
class Candidate:
    """One named operation of an edge; the stages of its pipeline are `Name` or `Call` expressions."""

    name: str
    stages: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Candidates:
    """`candidates NAME { ... }`: what an edge of a cell may be, in order."""

    name: str
    operations: tuple[Candidate, ...]
    span: Span


@dataclass(frozen=True)
class Cell:
    """`cell NAME { ... }`, section 3.2.1.

    `edges` maps a node (`n0`) to its afferents (`("prev2", "prev")`); it always has every node, by default every input
    and earlier node. `neuron` is a `Name` or `Call` expression of a declared neuron.
    """

    name: str
    inputs: tuple[str, ...]
    nodes: int
    candidates: str
    neuron: Expr
    mix: str
    keep: int
    rank_without: tuple[str, ...]
    max_skips: int | None
    stride: int
    edges: Mapping[str, tuple[str, ...]]
    span: Span


@dataclass(frozen=True)
class Trellis:
    """`trellis NAME { ... }`, section 3.2.2: `layers` x `levels` of one cell."""

    name: str
    cell: str
    layers: int
    levels: int
    finest: int
    resize: str
    span: Span


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


@dataclass(frozen=True)
class Network:
    """`network NAME { ... }`; `params` are the defaults, in order, each an expression over the params before it."""

    name: str
    params: Mapping[str, Expr]
    inputs: tuple[NetworkInput, ...]
    time: int | None
    blocks: tuple[Block, ...]
    wires: tuple[Wire, ...]
    span: Span


@dataclass(frozen=True)
class Genotype:
    """`genotype CELL { n0 = c3(prev2) + c3(prev) ... }`: per node its terms in the order of the text."""

    cell: str
    nodes: Mapping[str, "tuple[Term, ...]"]
    span: Span


@dataclass(frozen=True)
class Term:
    """One kept edge of a node: `operation(source)`."""

    operation: str
    source: str
    span: Span


@dataclass(frozen=True)
class TrellisPath:
    """`path TRELLIS = [levels]`: the level after each layer."""

    trellis: str
    levels: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class Dataset:
    """`dataset NAME { ... }`: every key of the data set's schema with its value."""

    name: str
    options: Mapping[str, Value]
    span: Span


@dataclass(frozen=True)
class Loss:
    """One term of a loss: `weight * name(of, **options)`; `of` is an output's name, or None for the only one."""

    weight: float
    name: str
    of: str | None
    options: Mapping[str, Value]
    span: Span


@dataclass(frozen=True)
class Dgs:
    """`dgs at PLACES { ... }`, section 3.4; a place is a dotted path, or `("all", "stems")` written `all stems`."""

    places: tuple[str, ...]
    options: Mapping[str, Value]
    span: Span


@dataclass(frozen=True)
class Run:
    """`search NET(...) on DATA { ... }` or `retrain ...`: how a network is trained."""

    kind: str
    network: str
    bindings: Mapping[str, Expr]
    dataset: str
    options: Mapping[str, Value]
    loss: tuple[Loss, ...]
    dgs: tuple[Dgs, ...]
    span: Span


@dataclass(frozen=True)
class Spec:
    """A whole spec, imports included; the mappings keep the order of the text."""

    file: str
    neurons: Mapping[str, Neuron]
    candidates: Mapping[str, Candidates]
    cells: Mapping[str, Cell]
    trellises: Mapping[str, Trellis]
    networks: Mapping[str, Network]
    genotypes: Mapping[str, Genotype]
    paths: Mapping[str, TrellisPath]
    datasets: Mapping[str, Dataset]
    search: Run | None
    retrain: Run | None
    profiles: tuple[str, ...]
    span: Span
