"""Pipelines of passes: printing, parsing and running."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args, get_type_hints

from spikegraph.base.errors import PassError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.ir.content import Content
from spikegraph.ir.garbage import uncollected
from spikegraph.ir.graph import Graph
from spikegraph.ir.stage import Stage
from spikegraph.ir.verify import VerifyError, verify
from spikegraph.passes.base import Pass
from spikegraph.passes.registry import PASSES
from spikegraph.plugins.registry import HINT
from spikegraph.plugins.returned import of_type, returned_by

Pipeline = tuple[Pass, ...]

ITEM = re.compile(r"\s*(?P<name>[a-z][a-z0-9_-]*)\s*(?:\{(?P<options>[^{}]*)\})?\s*")


def show(pipeline: Iterable[Pass]) -> str:
    """Formats a pipeline: `bind-genotype,mix{at=membrane},prune`."""
    return ",".join(map(str, pipeline))


def parse(text: str, given: Iterable[Pass] = ()) -> Pipeline:
    """Parses a pipeline in the form of `show`.

    A pass in `given` provides the options that the text can't have to the pass of the same name.

    Raises:
        PassError: The text is malformed, or a pass or an option is unknown.
    """
    defaults = {p.name: p for p in given}
    return tuple(_one(item, defaults) for item in _split(text)) if text.strip() else ()


def run(pipeline: Iterable[Pass], graph: Graph, after: Callable[[Pass, Graph], None] | None = None) -> Graph:
    """Runs the passes in order and verifies the graph after each; then calls `after` with the pass and its result.

    A graph without composite operations is at stage `lowered`. A graph that a pass leaves unchanged isn't verified again.

    Raises:
        PassError: A pass can't be applied, or the graph lacks a property that it requires.
        GraphError: A rewritten operation does not accept its operands.
        VerifyError: A pass returned an invalid graph.
    """
    verified: Content | None = None
    for p in pipeline:
        with uncollected():
            graph, verified = _run_one(p, graph, verified)
        if after is not None:
            after(p, graph)
    return graph


def _run_one(p: Pass, graph: Graph, verified: Content | None) -> tuple[Graph, Content]:
    require(p, graph)
    graph = of_type(Graph, p.apply(graph), p.apply, f"the pass `{p.name}`")
    if graph.stage is not Stage.LOWERED and not any(node.op.composite for node in graph):
        graph = replace(graph, stage=Stage.LOWERED)
    content = Content.of(graph)
    if verified is None or not content.same(verified):
        try:
            verify(graph)
        except VerifyError as error:
            raise returned_by(p.apply, error) from None
    for wanted in p.ensures:
        node = wanted.violation(graph)
        if node is not None:
            raise VerifyError(f"pass `{p.name}` must leave {wanted.holds}, but `{node.op.name}` {node.name} {wanted.broken}")
    return graph, content


def require(p: Pass, graph: Graph) -> None:
    """Checks that a graph has the properties that a pass requires.

    Raises:
        PassError: It lacks one.
    """
    for wanted in p.requires:
        node = wanted.violation(graph)
        if node is not None:
            summary = f"pass `{p.name}` needs a graph with {wanted.holds}: `{node.op.name}` {node.name} {wanted.broken}"
            raise PassError(summary, wanted.help(p.name, node))


def plain(pipeline: Pipeline) -> Pipeline:
    """The passes before those that only make the graph faster."""
    last = max((i for i, p in enumerate(pipeline) if not p.faster), default=-1)
    return pipeline[: last + 1]


def checked(pipeline: Pipeline) -> Pipeline:
    """The passes that checking a spec needs: all up to the last with `refuses`."""
    last = max((i for i, p in enumerate(pipeline) if p.refuses), default=-1)
    return pipeline[: last + 1]


def _split(text: str) -> list[str]:
    """Splits at commas outside of braces."""
    items, depth = [""], 0
    for c in text:
        depth += (c == "{") - (c == "}")
        if c == "," and depth == 0:
            items.append("")
        else:
            items[-1] += c
    return items


def _one(item: str, defaults: Mapping[str, Pass]) -> Pass:
    found = ITEM.fullmatch(item)
    if found is None:
        help = "such as `bind-genotype,mix{at=membrane},prune`"
        raise PassError(f"`{item.strip()}` is not a pass", help, "SG0603")
    name = found["name"]
    kind = PASSES.get(name)
    if kind is None:
        help = did_you_mean(name, PASSES) or "`spikegraph passes` lists them"
        raise PassError(f"no pass is called `{name}`", f"{help} {HINT}", "SG0601")
    start = defaults.get(name) or kind()
    options = dict[str, Any]()
    for text in (found["options"] or "").split(","):
        if text.strip():
            key, value = _option(kind, text)
            if key in options:
                raise PassError(f"`{key}` of pass `{name}` is given twice", "leave one of them out", "SG0602")
            options[key] = value
    return replace(start, **options)


def _option(kind: type[Pass], text: str) -> tuple[str, Any]:
    name, _, value = (part.strip() for part in text.partition("="))
    options = kind.options()
    if name in options and not value:
        raise PassError(f"`{name}` of pass `{kind.name}` has no value", f"write `{name}=...`", "SG0602")
    if name not in options:
        known = did_you_mean(name, options) or (f"it has {listed(options)}" if options else "it has no options")
        raise PassError(f"pass `{kind.name}` has no option `{text.strip()}`", known, "SG0602")
    hint = get_type_hints(kind)[name]
    words = get_args(hint)
    if words and value not in words:
        help = did_you_mean(value, words) or f"write {listed(words)}"
        raise PassError(f"`{name}` of pass `{kind.name}` can't be `{value}`", help, "SG0602")
    if hint is bool:
        if value not in ("true", "false"):
            raise PassError(f"`{name}` of pass `{kind.name}` must be true or false, not `{value}`", code="SG0602")
        return name, value == "true"
    if hint in (int, float):
        try:
            return name, hint(value)
        except ValueError:
            raise PassError(f"`{name}` of pass `{kind.name}` must be a number, not `{value}`", code="SG0602") from None
    return name, value
