"""The class of a neuron: its equations as lines of a loop over time steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from spikegraph.backends.python.names import free, variable
from spikegraph.backends.python.surrogates import SLOPES, Spike
from spikegraph.backends.python.terms import WHOLE, Terms, Written, full, number, one_of
from spikegraph.backends.python.used_terms import of_numbers_alone, used_terms
from spikegraph.equations.expansion import Keys, expanded
from spikegraph.equations.model import Equations, State
from spikegraph.equations.terms import Before, Current, Fire, Number, Term, Value
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Learned, Neuron

SLOPE = "surrogate.b"
"""The key of b of the surrogate among the numbers of a neuron; no model has a number of this name."""


@dataclass
class NeuronText:
    """The class of a neuron.

    Attributes:
        name: The name of the class.
        neuron: The neuron; its numbers are those of the first use.
        node: The first use.
        varying: The numbers that are arguments of the class, with their defaults.
        in_loop: Whether it is called step by step somewhere.
        reserved: Names that its attributes can't have.
        spikes: The functions of autograd that it needs, once the text was made.
        modules: The modules that it needs.
    """

    name: str
    neuron: Neuron
    node: Node
    varying: Mapping[str, float]
    in_loop: bool = False
    reserved: frozenset[str] = frozenset()
    spikes: dict[Spike, None] = field(default_factory=dict[Spike, None])
    modules: set[str] = field(default_factory=set[str])

    @property
    def written(self) -> bool:
        """Whether its model is text and its surrogate is known."""
        own = self.neuron.written_model is not None
        return own and all(name in SLOPES for name in self._surrogates)

    @cached_property
    def _surrogates(self) -> set[str]:
        fires = [term for line in self.equations.lines for term in used_terms(line.term) if isinstance(term, Fire)]
        return {self.neuron.surrogate.name if f.surrogate is None else f.surrogate[0] for f in fires}

    @cached_property
    def equations(self) -> Equations:
        """The lines that its result depends on, with the numbers that are known."""
        neuron = self.neuron
        equations = neuron.equations
        assert equations is not None
        given = {"decay": neuron.decay, "threshold": neuron.threshold} | {c.name: c.value for c in neuron.constants}
        learned = {each.name for each in neuron.trained}
        constants = {k: v for k, v in given.items() if k not in learned and k not in self.varying}
        keys = Keys(constants, neuron.reset, neuron.detach_reset, neuron.fires, neuron.levels, neuron.spike_at)
        return expanded(equations, keys)

    @property
    def result(self) -> str:
        """The line that is emitted."""
        return self.equations.emitted if self.neuron.spikes else self.equations.instead

    @cached_property
    def needed(self) -> set[str]:
        """The lines that the result depends on, at this step or a later one."""
        by_name, found, waiting = self.equations.by_name, set[str](), [self.result]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [t.name for t in used_terms(by_name[name]) if isinstance(t, Value | Before)]
        return found

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The states that remain from step to step."""
        used = {t.name for name in self.needed for t in used_terms(self.equations.by_name[name]) if isinstance(t, Before)}
        return tuple(state for state in self.equations.states if state.name in used)

    @property
    def used(self) -> set[str]:
        """The names of its numbers that its lines have, and `SLOPE` if it has b of its surrogate."""
        whole = self.neuron.equations
        assert whole is not None
        terms = [t for line in whole.lines for t in used_terms(line.term)] + [
            t for s in whole.states for t in used_terms(s.initial)
        ]
        own = any(isinstance(t, Fire) and t.surrogate is None for t in terms) and self.neuron.spikes
        return {t.name for t in terms if isinstance(t, Number)} | ({SLOPE} if own else set())

    @property
    def learned(self) -> list[Learned]:
        """What is learned of what its lines have."""
        return [each for each in self.neuron.trained if each.name in self.used or each.name == self.neuron.temperature]

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The attributes that hold its numbers and matrices, by their names."""
        model, found = self.neuron.written_model, dict[str, str]()
        assert model is not None
        taken = {*self.reserved, "step", *(["channels"] if self.by_channel else [])}
        numbers = [*self.varying, *(each.name for each in self.learned), *(m.name for m in model.matrices)]
        b = (SLOPE, self.neuron.temperature)
        for name in sorted(numbers, key=lambda name: name in b):
            found[name] = free("b" if name in b else variable(name), taken)
            taken.add(found[name])
        return found

    @property
    def by_channel(self) -> bool:
        """Whether it has a parameter for each channel."""
        return any(each.per == "channel" for each in self.neuron.trained)

    @cached_property
    def text(self) -> str:
        """The class."""
        return _Lines(self).text()


class _Lines:
    """Writes the class of a neuron."""

    def __init__(self, own: NeuronText) -> None:
        self.own, self.neuron = own, own.neuron
        model = own.neuron.written_model
        assert model is not None
        self.model = model
        equations = own.equations
        self.lines = [line for line in equations.lines if line.name in own.needed]
        taken = {variable(each.name) for each in (*self.lines, *model.numbers, *model.matrices)} | {"y"}
        single = len(model.inputs) == 1
        self.arguments = [free("x" if single else variable(name), taken) for name in model.inputs]
        taken.update(self.arguments)
        self.currents = [free("current" if single else f"{variable(name)}_now", taken) for name in model.inputs]
        taken.update(self.currents)
        self.stack = free("spikes" if own.neuron.spikes else "potentials", taken)
        self.taken = {*taken, self.stack}
        self.b, self.k = free("b", self.taken), free("k", self.taken)
        self.learned, self.attributes = own.learned, own.attributes

    def text(self) -> str:
        """The class."""
        doc = self.neuron.signature.doc or f"Neurons of the model {self.neuron.model}"
        what = "spikes" if self.neuron.spikes else "potentials"
        if not self.own.states and not self.neuron.spikes:
            what = "numbers"
        shape = "[T, N, C, ...]" if self.own.node.value.steps else "[N, C, ...]"
        lines = [f"class {self.own.name}(nn.Module):", f'    """{doc[0].upper()}{doc[1:]}.', ""]
        names = " and ".join(self.arguments)
        lines += [f"    {names}: currents, {shape} -> {what} of the same shape.", '    """', ""]
        lines += self._init()
        return "\n".join([*lines, *(self._recurrence() if self.own.states else self._plain())])

    def _init(self) -> list[str]:
        varying = {self.attributes[name]: one_of(value) for name, value in self.own.varying.items()}
        arguments = ["channels"] if self.own.by_channel else []
        arguments += [f"{name}={value!r}" for name, value in varying.items()]
        steps = getattr(self.own.node.op, "steps", None)
        made: list[str] = [f"self.{name} = {name}" for name in varying]
        initial = self.neuron.initial()
        for each in self.learned:
            size = {"layer": "1", "channel": "channels", "step": str(steps)}[each.per]
            made.append(f"self.{self.attributes[each.name]} = nn.Parameter({full(size, initial[each.name])})")
        square, names = f"{steps}, {steps}", self.attributes
        made += [f"self.{names[m.name]} = nn.Parameter({full(square, m.value)})" for m in self.model.matrices]
        if not made:
            return []
        head = f"    def __init__({', '.join(['self', *arguments])}):"
        return [head, "        super().__init__()", *(f"        {line}" for line in made), ""]

    def _parameters(self, x: str, less: int | None) -> list[str]:
        """The lines that make the learned numbers from their parameters; `less` axes of x aren't spatial (None: it varies)."""
        found: list[str] = []
        for each in self.learned:
            form = self.neuron.form(each.name)
            parameter = f"self.{self.attributes[each.name]}" + (f"[: len({x})]" if each.per == "step" else "")
            made = parameter if form.function == "identity" else f"torch.{form.function}({parameter})"
            if not form.plain:
                made = f"{number(form.factor)} * {made}" if form.factor != 1 else made
                made = f"{number(form.offset)} + {made}" if form.offset else made
            if each.per != "layer":
                behind = 1 if each.per == "step" else less
                made = f"({made})" if not form.plain else made
                axes = ", ".join(["-1", *("1" for _ in self.own.node.value.size)])
                made += f".view({axes})" if behind is None else f".view(-1, *[1] * ({x}.dim() - {behind}))"
            found.append(f"{self._local(each.name)} = {made}")
        for matrix in self.model.matrices:
            eye = f" + torch.eye(len({x}), dtype={x}.dtype, device={x}.device)" if matrix.identity else ""
            found.append(f"{variable(matrix.name)} = self.{self.attributes[matrix.name]}[: len({x}), : len({x})]{eye}")
        return found

    def _local(self, name: str) -> str:
        return self.b if name == self.neuron.temperature else variable(name)

    def _varying(self) -> dict[Term, Written]:
        return {Number(name): Written(f"self.{self.attributes[name]}", tensor=False) for name in self.own.varying}

    def _fire(self, x: str, threshold: Written, fire: Fire) -> str:
        del threshold
        learned = fire.surrogate is None and self.neuron.surrogate.learned is not None
        name, b = fire.surrogate or (self.neuron.surrogate.name, self.neuron.surrogate.b)
        varies = fire.surrogate is None and SLOPE in self.own.varying
        own = self.b if learned else f"self.{self.attributes[SLOPE]}" if varies else number(b)
        spike = Spike(name, fire.at == "reached", learned)
        self.own.spikes[spike] = None
        if fire.at != "nearest":
            return f"{spike.name}.apply({x}, {own})"
        even = Spike(name, reached=True, learned=learned)
        self.own.spikes[even] = None
        return f"({spike.name} if {self.k} % 2 else {even.name}).apply({x}, {own})"

    def _body(self, currents: list[str]) -> list[str]:
        """The lines of a step, from its currents and the states before it."""
        known: dict[Term, Written] = {Current(n): Written(c) for n, c in zip(self.model.inputs, currents, strict=True)}
        known |= self._varying()
        known |= {Number(each.name): Written(self._local(each.name)) for each in self.learned}
        known |= {Number(matrix.name): Written(variable(matrix.name)) for matrix in self.model.matrices}
        terms, lines = Terms(known, self._fire, currents[0], self.k), list[str]()
        for state in self.own.states:
            name = variable(state.name)
            places = [k for k, line in enumerate(self.lines) if Before(state.name) in used_terms(line.term)]
            own = next(k for k, line in enumerate(self.lines) if line.name == state.name)
            before = free(f"{name}_before", self.taken) if any(k > own for k in places) else name
            if before != name:
                lines.append(f"{before} = {name}")
            known[Before(state.name)] = Written(before)
        kept = {state.name for state in self.own.states} | {self.own.result}
        small = kept & of_numbers_alone(self.lines)
        for line in self.lines:
            found = terms.of(line.term)
            if line.name in small:  # a value of each neuron, which is the same at all of them
                found = Written(
                    f"{found.within(WHOLE)}.expand_as({currents[0]})"
                    if found.tensor
                    else f"torch.full_like({currents[0]}, {found.text})"
                )
            plain = line.name not in kept and not isinstance(line.term, Before)  # a state's variable changes below
            if plain and (found.text.isidentifier() or (not found.tensor and found.text.replace(".", "").isdigit())):
                known[Value(line.name)] = found
                continue
            lines.append(f"{variable(line.name)} = {found.text}")
            known[Value(line.name)] = Written(variable(line.name), tensor=found.tensor)
        if terms.math:
            self.own.modules.add("math")
        return lines

    def _plain(self) -> list[str]:
        """Neurons without states: all time steps at once."""
        x, less = self.arguments[0], None if self.own.in_loop else 3 if self.own.node.value.steps else 2
        body = [*self._parameters(x, less), *self._body(self.arguments)]
        result = variable(self.own.result)
        head, _, last = body[-1].partition(" = ")
        body[-1:] = [f"return {last}"] if head == result else [body[-1], f"return {result}"]
        return [f"    def forward({', '.join(['self', *self.arguments])}):", *(f"        {line}" for line in body)]

    def _initial(self, like: str) -> list[str]:
        found: list[str] = []
        terms = Terms(self._varying(), self._fire, like)
        for state in self.own.states:
            value = terms.of(state.initial)
            zeros = f"zeros_like({like})" if value.is_number(0) else f"full_like({like}, {value.text})"
            found.append(f"{variable(state.name)} = torch.{zeros}")
        return found

    def _recurrence(self) -> list[str]:
        """Neurons with states: a loop over time steps."""
        x, result, states = self.arguments[0], variable(self.own.result), [variable(s.name) for s in self.own.states]
        several = len(self.arguments) > 1
        each = f"for {', '.join(self.currents)} in " + (f"zip({', '.join(self.arguments)})" if several else x)
        head = [f"    def forward({', '.join(['self', *self.arguments])}):"]
        if not self.own.in_loop:
            body = [*self._parameters(x, 3), *self._initial(f"{x}[0]"), f"{self.stack} = []", f"{each}:"]
            body += [f"    {line}" for line in self._body(self.currents)]
            body += [f"    {self.stack}.append({result})", f"return torch.stack({self.stack})"]
            return [*head, *(f"        {line}" for line in body)]
        calls = f"{', '.join(self.currents)}, state"
        body = [f"state, {self.stack} = None, []", f"{each}:", f"    {result}, state = self.step({calls})"]
        body += [f"    {self.stack}.append({result})", f"return torch.stack({self.stack})"]
        step = [*self._parameters(self.currents[0], 2), "if state is None:"]
        step += [f"    {line}" for line in self._initial(self.currents[0])]
        step += ["else:", f"    {', '.join(states)}{',' if len(states) == 1 else ''} = state", *self._body(self.currents)]
        step += [f"return {result}, ({', '.join(states)}{',' if len(states) == 1 else ''})"]
        after = ["", f"    def step({', '.join(['self', *self.currents])}, state=None):"]
        after += [
            '        """One time step, [N, C, ...], from the state after the step before; returns it with the new state."""'
        ]
        return [*head, *(f"        {line}" for line in body), *after, *(f"        {line}" for line in step)]
