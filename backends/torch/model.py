"""The PyTorch module of a lowered graph: supernet, derived network or folded network."""

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from spikegraph.backends.torch.kernels import KERNELS, State
from spikegraph.backends.torch.kernels.base import with_time_steps
from spikegraph.backends.torch.kernels.substeps import kernel_of
from spikegraph.backends.torch.parameters import Leaf, Tree, as_lists, forbid, leaves_at, put_leaves, tree_at, trees_below
from spikegraph.backends.torch.plan import Loop, Operation, Setting, States, Values, Watch, Whole, carried_zero, planned
from spikegraph.backends.torch.product import Product
from spikegraph.backends.torch.stepping import Stream, own_steps, require_steps, without_padding
from spikegraph.base.errors import NoArchitectureError
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.descriptions import signature
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.inputs import InputError, check_type, time_steps
from spikegraph.ir.patterns import centring_norms
from spikegraph.ir.stage import Stage

ALPHA_SPREAD = 1e-3
"""Standard deviation of the initial architecture parameters."""


class Model(Product, Tree):
    """Runs a lowered graph. It contains weights but no state: membrane potentials are arguments and results.

    Parameters and buffers have the graph's names, such as `stem.conv.weight` or `CELL.alpha`. By these `functional_call` of
    `torch.func` takes others, except for a wire called like an attribute of modules (`train`); its other functions are refused.

    `forward` takes the network's inputs in order, each `[T, N, C, H, W]` (or `[N, C, H, W]` if the spec has `time`). It
    returns the output, or a dict of several by name: `[T, N, C, H, W]`, or without T after `mean(time)`. With `lengths`, `[N]`,
    sample n has so many time steps; what stands behind them is padding, of any numbers, and results there have no meaning.

    Submodules have the names of `plain`, which runs while one of them has hooks: each operation calls the module of its name.
    Sums are then rounded in another order. Without hooks no module is called. Compiled models have no hooks.

    Attributes:
        graph: The lowered graph.
        plain: The graph before the passes that made it faster, whose operations are the spec's.
        architecture: By name `CELL.alpha` [edges, candidates], `CELL.edges` [edges], `TRELLIS.beta` [layers, levels, 3].
        low: The type of convolutions, bfloat16 or float16; None for that of the weights. Membrane potentials stay in float32.
    """

    def __init__(
        self, graph: Graph, *, low: torch.dtype | None = None, plain: Graph | None = None, space: Graph | None = None
    ) -> None:
        super().__init__()
        if graph.stage is not Stage.LOWERED:
            raise ValueError(f"a graph of stage {graph.stage} can't be run; lower it with a pipeline first")
        missing = sorted({n.op.name for n in graph if not n.op.traits.source} - set(KERNELS))
        if missing:
            raise ValueError(f"there is no kernel for {', '.join(missing)}")
        self.graph, self.plain, self.low = graph, graph, low
        put_leaves(self, graph)
        self._choices: dict[str, nn.Module] = {}
        for name, parameter in architecture_of(graph).items():
            place, _, last = name.rpartition(".")
            self._choices[name] = tree_at(self, place)
            self._choices[name]._parameters[last] = nn.Parameter(ALPHA_SPREAD * torch.randn(parameter.shape))
        forbid(graph, self.architecture)
        for node in plain or ():
            if not node.op.traits.source:
                tree_at(self, node.weights)  # a module also for what has no weights, such as neurons
        self._named = trees_below(self)
        self._leaves = [module for module in self._named.values() if isinstance(module, Leaf)]
        self._space, self._hooked, self._seen = space, False, -1
        self._plans: dict[tuple[bool, tuple[str, ...], frozenset[str]], tuple[Whole | Loop, ...]] = {}
        self._take(graph, plain)

    def _take(self, graph: Graph, plain: Graph | None) -> None:
        """Runs this graph; `plain` is the one before the passes that made it faster."""
        self.graph, self.plain, self._stepwise = graph, plain or graph, False
        self._inputs = graph.inputs()
        self._plans.clear()
        self._plan(graph, self.outputs, frozenset())
        for node in reversed(list(self.plain)):  # the first of several uses describes their module
            if node.weights in self._named:
                self._named[node.weights].describe(node)

    @property
    def architecture(self) -> dict[str, nn.Parameter]:
        """The architecture parameters by name."""
        found = {name: place._parameters[name.rpartition(".")[2]] for name, place in self._choices.items()}
        return {name: parameter for name, parameter in found.items() if parameter is not None}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The nodes of the outputs."""
        return tuple(self.graph.outputs.values())

    def weights(self) -> list[nn.Parameter]:
        """All weights: the parameters except those of the architecture."""
        return [parameter for name, parameter in self.named_parameters() if name not in self._choices]

    @override
    def extra_repr(self) -> str:
        return signature(self.graph)

    def genotype(self, comment: str | None = None) -> str:
        """The genotype file that the architecture parameters mean now.

        Args:
            comment: A line for the top of the file, in place of the network's name.

        Raises:
            NoArchitectureError: The model has no open choice, or wasn't made by `spikegraph.compile(spec, phase="search")`.
        """
        from spikegraph.genotype.searched import genotype_file  # noqa: PLC0415 (running a network needs no decoding)

        if self._space is None or not self._choices:
            summary = f"the model of `{self.graph.name}` has no architecture to decode"
            raise NoArchitectureError(
                summary, 'make it with `spikegraph.compile(spec, phase="search")`, of a spec with choices'
            )
        head = comment or f"What the architecture parameters of {self.graph.name} say."
        return genotype_file(self._space, as_lists(self.architecture), head)

    @override
    def forward(self, *inputs: Tensor, lengths: Int[Tensor, " N"] | None = None) -> Tensor | dict[str, Tensor]:
        """Runs a whole sequence from the initial state."""
        if len(inputs) != len(self._inputs):
            raise InputError(f"the network needs {len(self._inputs)} inputs ({', '.join(self._inputs)}), not {len(inputs)}")
        values = self.values(dict(zip(self._inputs, inputs, strict=True)), lengths=lengths)
        outputs = {k: values[v] for k, v in self.graph.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def adopt(self, graph: Graph) -> None:
        """Replaces the graph by one that differs only in surrogates' temperatures and marks; it is then also the one for hooks.

        Raises:
            ValueError: Something else differs: an operation, its operands, types or weights, or an output.
        """
        if graph.untempered() != self.graph.untempered():
            raise ValueError(f"the graph {graph.name} has different operations from the model's")
        self._take(graph, None)

    def run(
        self,
        inputs: Mapping[str, Tensor],
        state: States | None = None,
        wanted: Sequence[str] = (),
        *,
        watch: Watch | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        """Computes values of nodes, and the state after the last time step.

        Args:
            inputs: Inputs by name, `[T, N, C, H, W]`, or `[N, C, H, W]` if the spec has `time`.
            state: The state that an earlier call returned, to continue its sequence; None starts a sequence.
            wanted: The nodes to compute; by default the outputs, which are there by their own names too. Nodes that these don't
                need aren't computed.
            watch: Called with each value when it is computed.

        Raises:
            InputError: An input is missing or has the wrong shape.
            NotStreamableError: An operation that needs later time steps can't continue a sequence.
        """
        if state:
            self._require_steps()
        return self._evaluate(inputs, state or {}, tuple(wanted), self._steps(inputs), watch, {}, {})

    def values(
        self,
        inputs: Mapping[str, Tensor],
        wanted: Sequence[str] = (),
        *,
        lengths: Int[Tensor, " N"] | None = None,
        given: Mapping[str, Tensor] | None = None,
        weights: Mapping[str, nn.Module] | None = None,
        watch: Watch | None = None,
    ) -> dict[str, Tensor]:
        """Computes values of nodes over whole sequences.

        Args:
            inputs: As of `run`.
            wanted: As of `run`.
            lengths: The number of time steps of each sample; None if all have T. Values behind them have no meaning.
            given: Known values of nodes, which aren't computed again.
            weights: Modules that replace the model's own weights, by the weights' name.
            watch: As of `run`.

        Raises:
            InputError: An input is missing or has the wrong shape, or a length isn't from 1 to T.
            UntrainableError: An operation joins time steps and doesn't know lengths.
        """
        steps = self._steps(inputs)
        within = None if lengths is None else own_steps(self.plain, inputs, lengths, steps, training=self.training)
        own = without_padding({name: inputs[name] for name in self._inputs}, within)
        return self._evaluate(own, {}, tuple(wanted), steps, watch, given or {}, weights or {}, within)[0]

    def step(
        self,
        inputs: Mapping[str, Tensor],
        state: States | None = None,
        wanted: Sequence[str] = (),
        *,
        watch: Watch | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        """Runs one time step: like `run`, but inputs and values have no axis T, `[N, C, H, W]`.

        Raises:
            InputError: An input is missing or has the wrong shape.
            NotStreamableError: An operation needs later time steps.
        """
        self._require_steps()
        whole = inputs if self.graph.time is not None else {k: v.unsqueeze(0) for k, v in inputs.items()}
        values, after = self._evaluate(whole, state or {}, tuple(wanted), 1, watch, {}, {})
        timed = {k: self.graph.node(k if k in self.graph else self.graph.outputs[k]).value.steps for k in values}
        return {k: v.squeeze(0) if timed[k] else v for k, v in values.items()}, after

    def stream(self, wanted: Sequence[str] = (), *, watch: Watch | None = None) -> "Stream":
        """Starts a sequence that is run one time step at a time.

        Raises:
            NotStreamableError: An operation needs later time steps.
        """
        self._require_steps()
        return Stream(self, tuple(wanted), watch)

    def _require_steps(self) -> None:
        if not self._stepwise:
            require_steps(self.plain)
            self._stepwise = True

    def _steps(self, inputs: Mapping[str, Tensor]) -> int:
        """The number T of time steps; checks that the inputs fit the network."""
        steps = time_steps(self._inputs, {name: tuple(x.shape) for name, x in inputs.items()}, self.graph.time)
        if self._leaves and not torch.compiler.is_compiling():
            for name in self._inputs:
                if self.low is None or inputs[name].dtype is not self.low:
                    check_type(name, inputs[name].dtype, self._leaves[0].dtype)
        return steps

    def _plan(self, graph: Graph, wanted: tuple[str, ...], given: frozenset[str]) -> tuple[Whole | Loop, ...]:
        """The steps of a graph that compute the nodes `wanted` if the values of `given` are known."""
        key = (graph is self.graph, wanted, given)
        if key not in self._plans:
            self._plans[key] = planned(graph, wanted, given, partial(self._operation, centring_norms(graph, wanted)))
        return self._plans[key]

    def _operation(self, norms: Mapping[str, tuple[str, ...]], node: Node, sources: Sequence[Node]) -> Operation:
        leaves, behind = (leaves_at(self, x) for x in (node.leaves, norms.get(node.name, ())))
        module, kernel = self._named.get(node.weights), kernel_of(node)
        assert kernel is not None  # inputs have no operation
        kernel = with_time_steps(kernel) if node.op.traits.over_time else kernel
        named = tuple(s.name for s in sources)
        return Operation(node, kernel, named, tuple(s.value for s in sources), module, leaves, tuple(behind.values()))

    def _has_hooks(self) -> bool:
        """Whether a submodule has hooks; looks again only if any were registered anywhere, or if there were some."""
        if self._hooked or self._seen != RemovableHandle.next_id:
            kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
            self._hooked = any(module.__dict__[kind] for module in self._named.values() for kind in kinds)
            self._seen = RemovableHandle.next_id
        return self._hooked

    def _form(self, state: States, names: Sequence[str], *, hooked: bool) -> Graph:
        """The graph to run: the plain one for hooks, and for a sequence that began in it.

        Raises:
            RuntimeError: Hooks were registered within a sequence whose state the plain graph can't take.
        """
        if not hooked and all(name in self.graph for name in state):
            return self.graph
        if all(name in self.plain for name in (*state, *names)):
            return self.plain
        if state:
            raise RuntimeError("hooks were registered within a sequence; start a new one, without a state")
        return self.graph

    def _evaluate(
        self,
        inputs: Mapping[str, Tensor],
        state: States,
        wanted: tuple[str, ...],
        steps: int,
        watch: Watch | None,
        given: Mapping[str, Tensor],
        weights: Mapping[str, nn.Module],
        within: Bool[Tensor, "T N"] | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        values: Values = {**{name: inputs[name] for name in self._inputs}, **given}
        after: dict[str, State] = {}
        hooked, names = not torch.compiler.is_compiling() and self._has_hooks(), wanted or self.outputs
        graph = self._form(state, (*names, *given), hooked=hooked)
        zero = partial(carried_zero, graph, inputs)
        setting = Setting(steps, self.architecture, weights, self.training, self.low, hooked, watch, zero, within)
        for step in self._plan(graph, names, frozenset(given)):
            after |= step.run(values, state, setting)
            for unused in step.free:
                del values[unused]
        outputs = {} if wanted else self.graph.outputs
        return {name: values[node] for name, node in {**dict(zip(names, names, strict=True)), **outputs}.items()}, after
