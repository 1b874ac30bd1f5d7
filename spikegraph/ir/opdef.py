"""The base class of operations, with the traits that other code asks for, and their registry."""

import inspect
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, overload

from typing_extensions import TypeVar, override

from spikegraph.ir.annotations import parts_of
from spikegraph.ir.arithmetic import Multiplication, Product
from spikegraph.ir.computation import Computation
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import MEAN_AND_VARIANCE, ArchitectureParameter, Choice, CurrentTerm, Member, Normalisation, Traits
from spikegraph.ir.types import Value
from spikegraph.plugins.registry import Registry

if TYPE_CHECKING:
    from spikegraph.ir.cellspec import CellSpec, KeptEdge
    from spikegraph.ir.neuron import Neuron
    from spikegraph.ir.parts import Parts


class Op(Computation):
    """An operation. Code outside of an operation asks for its traits and methods, never for its name or class.

    `spikegraph ops` prints the first line of a subclass's docstring; its fields are the parameters. The names of the
    parameters of `infer` are the names of the operands; `*xs` stands for one or more.

    Class attributes:
        name: Name in the language and in the text of graphs.
        operands: Names of the operands in order, from `infer`; a name with `*` stands for one or more operands.
        written: If true, specs may use it; otherwise only the elaboration and passes create it.
        implied: Operands that may be omitted; the default is the network's first input.
        optional: The last operands, if they may be left out.
        multiplied: Number of the first operands that are multiplied with weights or each other: if they are spikes or counts,
            additions compute them.
        of_neurons: Parameters in which the word `threshold` is the threshold of the spec's neurons.
        hidden: Parameters that specs can't set; passes set them.
        by_place: Number of the first parameters that specs may give without their names; None if all.
        form: How a spec uses it, for an operation whose arguments are not its operands and parameters; None for all others.
        traits: What passes, the backends and tables need to know of all operations of the class.
    """

    operands: ClassVar[tuple[str, ...]] = ("x",)
    written: ClassVar[bool] = True
    implied: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()
    multiplied: ClassVar[int] = 1
    of_neurons: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()
    by_place: ClassVar[int | None] = None
    form: ClassVar[str | None] = None
    traits: ClassVar[Traits] = Traits()

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Reads the operands from the parameters of `infer`."""
        own = vars(cls).get("infer")
        if own is not None:
            code = own.__code__
            names = code.co_varnames[1 : code.co_argcount]
            several = (f"*{code.co_varnames[code.co_argcount]}",) if code.co_flags & inspect.CO_VARARGS else ()
            cls.operands = (*names, *several)

    # What is computed: types, weights, costs.

    @abstractmethod
    def infer(self, *operands: Any, **named: Any) -> Value:
        """Infers the type of the result from the types of the operands, which a subclass names: `infer(self, x: Value)`.

        Raises:
            TypeRuleError: The operation does not accept these operands.
        """

    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        """Shapes of the trainable tensors by name; none by default."""
        return {}

    def timed(self, time: int | None) -> "Op":
        """The operation in a network of so many time steps; None if their number is open."""
        return self

    def longest(self) -> int | None:
        """The most time steps for which it has weights; None if their number doesn't matter."""
        return None

    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """Shapes of the trainable tensors by the names of the weights that they belong to; by default `name`, its own."""
        tensors = self.weights(*operands)
        return {name: tensors} if tensors else {}

    def statistics(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """Shapes of running statistics by the names of the weights that they are beside.

        With the trait `statistics` these are by default a mean and a variance for each number of each `weight`.
        """
        if not self.traits.statistics:
            return {}
        norms = self.leaves(name, *operands)
        return {leaf: dict.fromkeys(MEAN_AND_VARIANCE, tensors["weight"]) for leaf, tensors in norms.items()}

    def initial(self) -> Mapping[str, float]:
        """Initial values by name; else weight and bias are random, or 1 and 0 beside running statistics, and others are 0."""
        return {}

    def drawn(self) -> Collection[str]:
        """The trainable tensors that are drawn before training so that their sigmoids are uniform between 0 and 1."""
        return ()

    def initial_of(self, leaf: str) -> Mapping[str, float]:
        """The initial values of the tensors of one of its `leaves`; by default those of `initial`."""
        return self.initial()

    def products(self, *operands: Value) -> tuple[Product, ...]:
        """What it multiplies, for `stats`: additions where a side is spikes or counts, else multiplications.

        By default the products of its `arithmetic`, or as many as it has `additions`, of the first `multiplied` operands and
        weights. An operation that says neither, but has weights or several operands, multiplies each number of its result.
        """
        computed = self.arithmetic(*operands)
        if isinstance(computed, Multiplication):
            return computed.products
        count, sides = self.additions(*operands), (tuple(range(self.multiplied)), ())
        unknown = computed is None and not (self.composite or self.traits.neurons or self.traits.stateful)
        if count == 0 and unknown and operands and (len(operands) > 1 or self.leaves(self.name, *operands)):
            count, sides = prod(self.infer(*operands).shape), (tuple(range(len(operands))), ())
        return (Product(count, sides),) if count else ()

    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        """The architecture parameters that it uses, by name: `CELL.alpha` [edges, candidates], `TRELLIS.beta`."""
        return {}

    # What it is: a part of the search space, a neuron, a choice.

    @property
    def composite(self) -> bool:
        """True if a pass takes it apart before lowering."""
        return self.traits.expanded_by is not None

    def allowed_at(self, stage: Stage) -> str | None:
        """Why it is not allowed in a graph of this stage; None if it is."""
        if stage is Stage.LOWERED and self.composite:
            return f"`{self.name}` must be expanded before stage {stage}"
        return None if stage in self.traits.stages else f"`{self.name}` is not allowed at stage {stage}"

    def cell_spec(self) -> "CellSpec | None":
        """The searchable cell that it consists of."""
        return None

    def searched(self) -> "CellSpec | None":
        """What a search decides of it, as a cell: that of a cell or trellis; for a choice on a wire a cell of one edge."""
        return self.cell_spec()

    def with_cell(self, cell: "CellSpec") -> "Op":
        """The same operation of another cell; only for operations with a `cell_spec`."""
        raise TypeError(f"`{self.name}` has no cell")

    def chosen(self) -> "tuple[KeptEdge, ...] | None":
        """The kept edges of a cell whose genotype is bound."""
        return None

    def neuron_of(self) -> "Neuron | None":
        """The parameters of its neurons, for an operation that fires and whose surrogate can be searched."""
        return None

    def with_neuron(self, neuron: "Neuron") -> "Op":
        """The same operation with other neurons; only for operations with a `neuron_of`."""
        raise TypeError(f"`{self.name}` has no neuron")

    def untempered(self) -> "Op":
        """The same operation without the temperatures of its surrogates, which training may change."""
        return self

    def populations(self, name: str, value: Value) -> Mapping[str, int]:
        """The neurons of the plain graph whose spikes the result has, with their channels; by default its own."""
        return {name: value.channels} if self.traits.fires else {}

    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        """Adds the operations that a composite operation consists of; returns the name of the last one."""
        raise TypeError(f"`{self.name}` is not expanded by `{self.traits.expanded_by}`")

    def with_activation(self, neuron: "Neuron | None") -> "Op":
        """The same stem with these neurons or its own, or with ReLU; only for operations with the trait `stem`."""
        raise TypeError(f"`{self.name}` is not a stem")

    def places(self, name: str) -> tuple[str, ...]:
        """Where the surrogates of its neurons can be searched; `name` is that of its weights."""
        return (name,) if self.composite or self.traits.fires else ()

    def choice(self) -> Choice | None:
        """The open choice that it makes among its operands."""
        return None

    def carrying(self, source: Value) -> "Op":
        """The same operation for a source of another type; only for operations with the trait `carries`."""
        raise TypeError(f"`{self.name}` carries no value")

    # How it joins with others. Each answer is None where it can't, and a pass then leaves the operations as they are.

    def with_norm(self, norm: Normalisation) -> "Op | None":
        """The operation whose `weight` [C, ...] and `bias` [C] take in a batch norm of its result."""
        return None

    def sign_of_weights(self) -> str:
        """The sign of the weights that it computes with: `any`, or `excitatory` for |w|, or `inhibitory` for -|w|."""
        return "any"

    def term(self, weights: str, channels: int) -> CurrentTerm | None:
        """Its norms as a term of a current; `weights` and `channels` are those of its node."""
        return None

    def fused(self, currents: tuple[tuple[CurrentTerm, ...], ...], part: Member) -> "Op | None":
        """The operation that also computes the current of each operand from terms; `part` has what its node says."""
        return None

    def family(self) -> tuple[object, ...] | None:
        """A key that is equal for operations that can be computed as one wide operation on the same operand."""
        return None

    def widened(self, parts: "Sequence[Member]") -> "Op":
        """The wide operation of several with the same `family`, of which this is the first."""
        raise TypeError(f"`{self.name}` can't be widened")

    def selection(self) -> tuple[int, int] | None:
        """The first channel and the number of channels, if it selects channels of its operand."""
        return None

    def split(self) -> "Op | None":
        """The wide operation that returns its shares one by one, which only selections of whole shares may use."""
        return None

    @property
    def results(self) -> tuple[int, ...]:
        """Channels of each result, for an operation with several results; empty for one result."""
        return ()

    def may_skip(self) -> bool:
        """True if a kernel can skip silent inputs."""
        return False

    # What people read.

    def misread(self) -> tuple[str, str] | None:
        """A parameter that a spec must give, since its default isn't what PyTorch's users expect, and its choices in words."""
        return None

    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        """A short description for diagrams: by default its name and the parameters that differ from their default."""
        given = {k: getattr(self, k) for k, d in type(self).parameters().items() if getattr(self, k) != d}
        options = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in given.items() if isinstance(v, int | float | str))
        return ", ".join((self.name.replace("_", " "), *([options] if options else [])))

    @classmethod
    def summary(cls) -> str:
        """The docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    @cache
    def parameters(cls) -> Mapping[str, Any]:
        """Names and defaults of the parameters in order; the default is `...` for required ones."""
        return {k: (... if f.is_required() else f.default) for k, f in cls.model_fields.items()}

    @classmethod
    def choices(cls, parameter: str) -> tuple[str, ...]:
        """The allowed words of `parameter`, also beside numbers; empty if there are none."""
        return tuple(part for part in parts_of(cls.model_fields[parameter].annotation) if isinstance(part, str))


AnyOp = TypeVar("AnyOp", bound=Op)
AnyOp_co = TypeVar("AnyOp_co", bound=Op, covariant=True, default=Op)

OPS: Registry[type[Op]] = Registry("operation", "spikegraph.ops", package="spikegraph.ir.ops", kind=type)
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
