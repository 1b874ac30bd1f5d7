"""The attributes of a module: chains of layers, uses of other classes, and lists of these."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from spikegraph.backends.python.drafts import Context, Draft, Place
from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.names import free, variable
from spikegraph.backends.python.rule_table import DissolvedError, UnwritableError
from spikegraph.backends.python.scopes import Scope
from spikegraph.backends.python.units import Item, Unit, path_of, weights_of

MANY = 3
"""Equal layers behind each other from which on they are written once."""


class Attributes:
    """The attributes of a scope's class."""

    def __init__(self, scope: Scope, draft: Draft, context: Context, no_time: Callable[[], Exception]) -> None:
        self.scope, self.draft, self.context, self.graph, self.no_time = scope, draft, context, context.graph, no_time
        self.shared: dict[str, tuple[str, str]] = {}
        self.names = set[str]()
        self.lists: dict[str, bool] = {}

    def find_lists(self, units: list[Unit]) -> None:
        """The labels of uses such as `cells[2]` that are called one by one, so that they are a list in the module."""
        alone = {path_of(unit.members[0]).steps[len(self.scope.path.steps) :] for unit in units if len(unit.members) == 1}
        for scope in self.scope.scopes:
            steps = scope.path.steps[len(self.scope.path.steps) :]
            if steps[0].index.isdigit():
                fits = len(steps) == 1 and not steps[0].use and steps in alone
                self.lists[steps[0].label] = self.lists.get(steps[0].label, True) and fits
        for label in self.lists:
            steps = [scope.path.steps[len(self.scope.path.steps)] for scope in self.scope.scopes]
            indices = [step.index for step in steps if step.label == label]
            self.lists[label] &= len(indices) > 1 and sorted(indices) == sorted(map(str, range(len(indices))))

    def name_of(self, unit: Unit, *, bare: bool = False) -> str:
        """The name of a chain in the module; uses that share weights share it. With `bare`, it takes one time step."""
        if unit.made:
            return unit.made
        key = weights_of(unit.members[0]) if len(unit.members) == 1 else ""
        text, places, inner = self._chain(unit.items, bare=bare)
        if key and key in self.shared:
            name, before = self.shared[key]
            if before != text:
                if isinstance(unit.members[0], Scope):
                    raise DissolvedError(key)
                why = "uses of the same weights differ in more than their operands"
                raise UnwritableError(
                    why, "give them weights of their own, or operands of one size that all have time steps or none"
                )
            unit.made = name
            return name
        label, bracket, index = unit.attribute.partition("[")
        if bracket and self.lists.get(label):
            name = f"{variable(label)}[{int(index[:-1])}]"
        else:
            wanted = label if bracket and index == "0]" else unit.attribute
            name = free(variable(wanted), self.names | self.context.reserved)
        self.names.add(name)
        unit.made = name
        self.draft.init.append((name, text))
        module = name.replace("[", ".").replace("]", "")
        self.draft.weights |= {f"{module}{k}": place for k, place in places.items()}
        self.draft.inner |= {f"{module}{k}": scope for k, scope in inner.items()}
        if key:
            self.shared[key] = name, text
        return name

    def _chain(self, items: tuple[Item, ...], *, bare: bool) -> tuple[str, dict[str, Place], dict[str, Scope]]:
        """The text that makes a chain, and what its tensors and inner scopes are."""
        groups: list[list[Item]] = []
        joined: list[bool] = []
        once = bare
        for item in items:
            once = once if bare or item.once is None else item.once
            if item.steps and once and not bare:
                if self.graph.time is None:
                    raise self.no_time()
                groups.append([Item(f"{self.context.help('Repeat')}({hole('time', self.graph.time)})")])
                joined.append(False)
                once = False
            if item.each_step and not once and joined and joined[-1]:
                groups[-1].append(item)
            else:
                groups.append([item])
                joined.append(item.each_step and not once)
        texts: list[str] = []
        places: dict[str, Place] = {}
        inner: dict[str, Scope] = {}
        for i, (group, each) in enumerate(zip(groups, joined, strict=True)):
            first = "" if len(groups) == 1 else f".{i}"
            for j, item in enumerate(group):
                path = f"{first}.{j}" if each else first
                places |= {f"{path}.{name}": (item.leaf, tensor) for name, tensor in item.tensors.items()}
                inner |= {path: item.scope} if item.scope is not None else {}
            text = ", ".join(item.text for item in group)
            texts.append(f"{self.context.help('EachStep')}({text})" if each else text)
        texts = _repeated(texts)
        return (texts[0] if len(texts) == 1 and len(groups) == 1 else f"nn.Sequential({', '.join(texts)})"), places, inner


def _repeated(texts: list[str]) -> list[str]:
    """The layers of a chain, where many equal ones follow each other as a comprehension."""
    found: list[str] = []
    for text, run in groupby(texts):
        count = len(list(run))
        found += [f"*[{text} for _ in range({count})]"] if count >= MANY else [text] * count
    return found
