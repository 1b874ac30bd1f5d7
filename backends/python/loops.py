"""Loops through time: operations that depend on their own results of earlier steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Protocol

from spikegraph.backends.python.attributes import Attributes
from spikegraph.backends.python.drafts import Context, Draft
from spikegraph.backends.python.expressions import Text, expression
from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.names import free, variable
from spikegraph.backends.python.rule_table import UnwritableError
from spikegraph.backends.python.scopes import Scope
from spikegraph.backends.python.units import Unit, named, units_of
from spikegraph.ir.graph import Graph, Node


class Host(Protocol):
    """What writes the scope around a loop.

    Attributes:
        scope: The scope.
        graph: The graph.
        context: What all scopes share.
        draft: Takes the lines.
        uses: How often each value is still needed.
        values: The texts of values.
        holders: The value that each variable holds.
        attributes: The attributes of its class.
    """

    scope: Scope
    graph: Graph
    context: Context
    draft: Draft
    uses: Counter[str]
    values: dict[str, Text]
    holders: dict[str, str]
    attributes: Attributes

    def keep(self, name: str, text: str) -> None:
        """Gives a value a variable."""
        ...

    def time(self) -> str:
        """The number of time steps."""
        ...


def write_loop(writer: Host, nodes: list[Node]) -> None:
    """Adds a loop over the time steps, and the values that others take from it."""
    _Loop(writer, nodes).write()


class _Loop:
    def __init__(self, writer: Host, nodes: list[Node]) -> None:
        self.writer, self.graph = writer, writer.graph
        self.inside = {node.name for node in nodes}
        self.carried = [node for node in nodes if node.name in self.graph.carried]
        self.nodes = [node for node in nodes if node.name not in self.graph.carried]
        taken = dict.fromkeys(o for node in self.nodes for o in node.operands if o not in self.inside)
        self.outside = [self.graph.node(name) for name in taken]
        self.results = [n for n in self.nodes if writer.uses[n.name] > 0]
        self.values: dict[str, str] = {}

    def write(self) -> None:
        """Adds the lines."""
        writer, lines = self.writer, self.writer.draft.forward
        source = next((node for node in self.outside if node.value.steps), None)
        x = None if source is None else writer.values[source.name].text
        used = {held for held, node in writer.holders.items() if writer.uses[node] > 0} | {"t"}
        for node in (*self.carried, *self.nodes):
            name = free(variable(self._label(node)), used)
            used.add(name)
            self.values[node.name] = name
        lines += [f"{self.values[node.name]} = {self._zero(node)}" for node in self.carried]
        units = self._units()
        states: list[str] = []
        body: list[str] = []
        for unit in units:
            body += self._lines(unit, states, used)
        if states:
            lines.append(f"{' = '.join(states)} = None")
        stacks = {node.name: free(f"{self.values[node.name]}_steps", used) for node in self.results}
        lines += [f"{stack} = []" for stack in stacks.values()]
        lines.append(f"for t in range({writer.time() if x is None else f'len({x})'}):")
        body += [f"{stack}.append({self.values[name]})" for name, stack in stacks.items()]
        after = [(self.values[n.name], self.values[self.graph.carried[n.name]]) for n in self.carried]
        body.append(f"{', '.join(name for name, _ in after)} = {', '.join(value for _, value in after)}")
        lines += [f"    {line}" for line in body]
        for node in self.outside:
            writer.uses[node.name] -= 1
        for name, stack in stacks.items():
            writer.keep(name, f"torch.stack({stack})")

    def _label(self, node: Node) -> str:
        steps = node.path.steps[len(self.writer.scope.path.steps) :]
        return f"{steps[0].weights}_before" if node in self.carried else steps[0].weights

    def _zero(self, node: Node) -> str:
        """The value [N, C, *size] before the first step."""
        value = node.value
        like = next((n for n in self.outside if n.value.shape == value.shape), None)
        if like is not None:
            text = self.writer.values[like.name].text
            return f"torch.zeros_like({text}{'[0]' if like.value.steps else ''})"
        if not self.outside:
            raise UnwritableError("a loop through time takes nothing from outside of it", "give it an input")
        first = self.outside[0]
        text = self.writer.values[first.name].text
        sizes = ", ".join(hole("out" if k == 0 else "size", n) for k, n in enumerate(value.shape))
        return f"{text}.new_zeros({text}.shape[{1 if first.value.steps else 0}], {sizes})"

    def _units(self) -> list[Unit]:
        writer = self.writer
        uses = writer.uses.copy()
        for node in self.nodes:
            uses.update(node.operands)
        uses.update(self.graph.carried[node.name] for node in self.carried)
        units = units_of(
            self.graph,
            writer.scope,
            self.nodes,
            lambda n: writer.context.rule(n, True),
            writer.context.called,
            uses,
            in_loop=True,
        )
        named(units, writer.scope)
        return units

    def _operand(self, name: str) -> str:
        if name in self.inside:
            return self.values[name]
        text = self.writer.values[name].text
        return f"{text}[t]" if self.graph.node(name).value.steps else text

    def _lines(self, unit: Unit, states: list[str], used: set[str]) -> list[str]:
        operands = [self._operand(name) for name in unit.operands]
        result = self.values[unit.results[0]]
        if unit.expression is not None:
            return [f"{result} = {expression(unit.expression, [Text(x) for x in operands]).text}"]
        items = unit.items
        groups = [items] if all(item.each_step for item in items) else [(item,) for item in items]
        lines, attribute = list[str](), unit.attribute
        for k, group in enumerate(groups):
            part = replace(unit, items=group, attribute=attribute if k == 0 else f"{attribute}_{k}", made="")
            module, item, x = f"self.{self.writer.attributes.name_of(part, bare=True)}", group[0], ", ".join(operands)
            state = ""
            if item.remembers:
                state = free(f"{variable(attribute)}_state", used)
                states.append(state)
                used.add(state)
            called = f"{module}({x})" if len(group) > 1 else item.in_loop.format(self=module, x=x, t="t", state=state)
            lines.append(f"{result}, {state} = {called}" if state else f"{result} = {called}")
            operands = [result]
        return lines
