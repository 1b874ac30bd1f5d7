"""The class of a scope as text in which numbers are still open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spikegraph.backends.python.attributes import Attributes
from spikegraph.backends.python.drafts import Context, Draft
from spikegraph.backends.python.expressions import Text, expression
from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.loops import write_loop
from spikegraph.backends.python.names import free, variable
from spikegraph.backends.python.roles import Argument, arguments_of
from spikegraph.backends.python.rule_table import DissolvedError, UnwritableError
from spikegraph.backends.python.scopes import Scope, nodes_of
from spikegraph.backends.python.units import Unit, named, units_of, unnamed
from spikegraph.ir.graph import Node

LONGEST = 76
"""Characters of an expression that is written within another one."""


@dataclass
class Pending:
    """A value that has no variable yet, since it may be written within the next line.

    Attributes:
        name: The node.
        text: Its text.
        reads: The values whose variables the text has.
    """

    name: str
    text: Text
    reads: list[str]


class Writer:
    """Writes the draft of a scope."""

    def __init__(self, scope: Scope, context: Context) -> None:
        self.scope, self.context, self.graph = scope, context, context.graph
        self.draft = Draft(scope)
        self.inside = {node.name for node in scope.nodes()}
        self.uses = self._uses()
        self.values: dict[str, Text] = {}
        self.pending: list[Pending] = []
        self.same: dict[str, str] = {}
        self.holders: dict[str, str] = {}
        self.attributes = Attributes(scope, self.draft, context, self.no_time)
        self.own: dict[tuple[str, int], str] = {}

    def _uses(self) -> Counter[str]:
        """How often each value is taken in this scope, and outside of it."""
        found = Counter[str]()
        for member in self.scope.members:
            own = {node.name for node in nodes_of(member)}
            taken = [s for node in nodes_of(member) for s in self.graph.sources(node.name) if s not in own]
            found.update(taken if len(own) == 1 else list(dict.fromkeys(taken)))
        ends = (*self.graph.outputs.values(), *self.graph.taps.values())
        for node in self.scope.nodes():
            outside = sum(user.name not in self.inside for user in self.graph.users(node.name))
            outside += sum(source == node.name and name not in self.inside for name, source in self.graph.carried.items())
            if outside or node.name in ends:
                self.draft.results.append(node.name)
                found[node.name] += 1
        return found

    def written(self) -> Draft:
        """The draft of a block or cell."""
        self._arguments(arguments_of(self.scope, self.graph, self.inside))
        self._units(self._all_units())
        self._return(", ".join(self._take(name).text for name in self._final(self.draft.results)))
        return self.draft

    def network(self) -> Draft:
        """The draft of the network: it returns its outputs by name if there are several, in training with what losses take."""
        graph = self.graph
        inputs = list(graph.inputs())
        names = dict[str, str]()
        for name in sorted(inputs, key=lambda name: variable(name) != name):  # first those that keep their names
            names[name] = free(variable(name), names.values())
        self._arguments([Argument(names[name], name, set()) for name in inputs])
        needed = graph.ancestors(graph.outputs.values())
        units = [u for u in self._all_units() if not all(name in inputs for name in u.results) or not u.results]
        late = [u for u in units if u.results and not any(name in needed for name in u.results)]
        self._units([u for u in units if u not in late])
        if not graph.taps:
            self._return(self._outputs(graph.outputs))
            return self.draft
        self._flush()
        before = len(self.draft.forward)
        evaluated = self._outputs(graph.outputs)
        self.draft.forward[before:] = ["if not self.training:", f"    return {evaluated}"]
        self._units(late)
        self._flush()
        self._return(self._outputs({**graph.outputs, **graph.taps}, several=True))
        return self.draft

    def _outputs(self, ends: Mapping[str, str], *, several: bool = False) -> str:
        names = self._final(list(ends.values()))
        texts = dict(zip(ends, [self._take(name).text for name in names], strict=True))
        if len(texts) == 1 and not several:
            return next(iter(texts.values()))
        return "{" + ", ".join(f'"{name}": {text}' for name, text in texts.items()) + "}"

    def _final(self, names: list[str]) -> list[str]:
        if [each.name for each in self.pending] != names or len(names) > 1:
            self._flush()
        return names

    def _return(self, text: str) -> None:
        name, equals, value = self.draft.forward[-1].partition(" = ") if self.draft.forward else ("", "", "")
        if equals and name == text and not self.draft.forward[-1].startswith(" "):
            self.draft.forward.pop()
            text = value
        self.draft.forward.append(f"return {text}")

    def _arguments(self, arguments: list[Argument]) -> None:
        """Takes what the scope needs from outside. One value that is two arguments has two keys."""
        for each in arguments:
            twice = sum(other.source == each.source for other in arguments) > 1
            key = f"{each.source} as {each.name}" if twice else each.source
            if twice:
                self.own |= dict.fromkeys(each.places, key)
                self.uses[key] = len(each.places)
            self.values[key] = Text(each.name)
            self.holders[each.name] = key
            self.draft.arguments.append(each.name)
            self.draft.operands.append(each.source)

    def _all_units(self) -> list[Unit]:
        sources = [m for m in self.scope.members if not (isinstance(m, Node) and m.op.traits.source)]
        units = units_of(
            self.graph,
            self.scope,
            sources,
            lambda n: self.context.rule(n, False),
            self.context.called,
            self.uses,
            in_loop=False,
        )
        for unit in units:
            first = unit.members[0]
            if isinstance(first, Node):
                unit.operands = tuple(self.own.get((first.name, k), name) for k, name in enumerate(unit.operands))
        named(units, self.scope)
        self.attributes.find_lists(units)
        return units

    def _units(self, units: list[Unit]) -> None:
        for unit in units:
            if unit.loop is not None:
                self._flush()
                write_loop(self, unit.loop.nodes)
            else:
                try:
                    self._emit(unit)
                except UnwritableError as error:
                    error.node = error.node or next(iter(nodes_of(unit.members[0])))
                    raise

    # Values

    def _emit(self, unit: Unit) -> None:
        """The line of a unit; a short unnamed value that the next line alone takes is written within it."""
        inner = [name for name in unit.operands if any(name == each.name for each in self.pending)]
        if inner != [each.name for each in self.pending[len(self.pending) - len(inner) :]] or any(
            self._is_twice(unit, k) for k, name in enumerate(unit.operands) if name in inner
        ):
            self._flush()
        text = self._text(unit)
        if len(re.sub("[\x00\x01][^\x00\x01]*[\x00\x01]", "0", text.text)) > LONGEST and inner:
            self._flush()
            text = self._text(unit)
        within = {each.name: each.reads for each in self.pending}
        reads = [read for name in unit.operands for read in within.get(name, [self.same.get(name, name)])]
        self.pending = [each for each in self.pending if each.name not in unit.operands]
        if len(unit.results) > 1:
            self._flush()
            self._release(reads)
            names = [self._hold(name) for name in unit.results]
            self.draft.forward.append(f"{', '.join(names)} = {text.text}")
            return
        result = next(iter(unit.results))
        if self.uses[result] == 1 and not self._is_named(result):
            self.pending.append(Pending(result, text, reads))
            self.values[result] = text
        elif text.text.isidentifier() and text.text in self.holders:
            self._release(reads)
            self.values[result] = text
            self.same[result] = self.holders[text.text]
            self.uses[self.same[result]] += self.uses[result]
        else:
            self._flush()
            self._release(reads)
            self._assign(result, text)

    def _release(self, reads: list[str]) -> None:
        """Notes that a line has read variables, which then may be needed no more."""
        for name in reads:
            self.uses[name] -= 1

    def _is_twice(self, unit: Unit, operand: int) -> bool:
        """Whether the text of a unit has an operand more than once."""
        name, found = unit.operands[operand], unit.expression
        if unit.operands.count(name) > 1:
            return True
        once = name in self.graph and not self.graph.node(name).value.steps
        if found is not None:
            return found.text.count(f"{{{operand}}}") > 1 or (found.steps and once)
        return unit.items[0].steps and once

    def _is_named(self, name: str) -> bool:
        """Whether the spec names a value; results of the last line of a block are called like their operation."""
        steps = self.graph.node(name).path.steps[len(self.scope.path.steps) :]
        member: Node | Scope = self.graph.node(name)
        for each in self.scope.scopes:
            if name in {node.name for node in each.nodes()}:
                member, steps = each, each.path.steps[len(self.scope.path.steps) :]
        return len(steps) == 1 and not unnamed(member, steps[0].label, self.graph)

    def _assign(self, name: str, text: Text) -> None:
        self.draft.forward.append(f"{self._hold(name)} = {text.text}")

    def _hold(self, name: str) -> str:
        """The variable of a value: its statement's name, if that isn't needed for another value any more."""
        steps = self.graph.node(name).path.steps[len(self.scope.path.steps) :]
        wanted = variable(steps[0].weights if self.attributes.lists.get(steps[0].label) else steps[0].label) if steps else "y"
        busy = {held for held, node in self.holders.items() if self.uses[node] > 0 and node != name}
        found = free(wanted, busy)
        self.holders[found] = name
        self.values[name] = Text(found)
        return found

    def keep(self, name: str, text: str) -> None:
        """Gives a value a variable."""
        self._assign(name, Text(text))

    def _flush(self) -> None:
        """Gives the values that were to be written within others names of their own."""
        pending, self.pending = self.pending, []
        for each in pending:
            self._release(each.reads)
            self._assign(each.name, each.text)

    def _take(self, name: str) -> Text:
        return self.values[name]

    # Units

    def _text(self, unit: Unit) -> Text:
        operands = [self._take(name) for name in unit.operands]
        first = unit.members[0]
        sources = self.graph.sources(first.name) if isinstance(first, Node) else ()
        once = [not self.graph.node(source).value.steps for source in sources]
        if unit.expression is not None:
            found, text = unit.expression, unit.expression.text
            operands = [self._repeated(x) if same and found.steps else x for x, same in zip(operands, once, strict=True)]
            return expression(replace(found, text=text.replace("{time}", self.time())) if "{time}" in text else found, operands)
        if unit.items[0].steps and once and (len(operands) > 1 or self.graph.time is None or unit.shared):
            operands = [self._repeated(x) if same else x for x, same in zip(operands, once, strict=False)]
            once = [False]
            unit.items = (replace(unit.items[0], once=False), *unit.items[1:])
        called = ", ".join(x.text for x in operands)
        if unit.shared and unit.items[0].each_step and len(unit.items) == 1:
            # Some uses may have time steps, and others not.
            module = f"self.{self.attributes.name_of(unit, bare=True)}"
            return Text(f"{module}({called})" if once[0] else f"{self.context.help('each_step')}({module}, {called})")
        return Text(f"self.{self.attributes.name_of(unit)}({called})")

    def no_time(self) -> Exception:
        """Why the number of time steps isn't known here; outside of a block it may be."""
        if self.scope.path.steps:
            return DissolvedError(self.scope.path.weights)
        why = "a value that is the same at every time step goes into neurons, and the spec doesn't say how many steps there are"
        return UnwritableError(why, "write `time = 4` in the network")

    def _repeated(self, x: Text) -> Text:
        """A value that is the same at every time step, with an axis of time."""
        return Text(f"{x}.expand({self.time()}, *{x}.shape)")

    def time(self) -> str:
        """The number of time steps."""
        if self.graph.time is not None:
            return hole("time", self.graph.time)
        stepped = next((k for k, name in enumerate(self.draft.operands) if self.graph.node(name).value.steps), None)
        if stepped is None:
            raise self.no_time()
        return f"len({self.draft.arguments[stepped]})"
