"""What `spikegraph compile` prints of a spec."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.cli.tables import table

if TYPE_CHECKING:
    from spikegraph.driver import Built, Options
    from spikegraph.dsl.diagnostics import Diagnostics
    from spikegraph.ir.graph import Graph
    from spikegraph.ir.types import Value
    from spikegraph.passes.base import Pass

FORMS = ("summary", "resolved", "ir", "json", "dot", "passes")


@dataclass
class PrintAfter:
    """Prints the graph after the passes that are wanted.

    Attributes:
        wanted: A pass's name, or `all`.
        write: Where the text goes.
        seen: Whether there was one.
    """

    wanted: str
    write: Callable[[str], object]
    seen: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Refuses what is no pass.

        Raises:
            UsageError: No pass is called so.
        """
        from spikegraph.dsl.nearest import did_you_mean  # noqa: PLC0415 (slow to import)
        from spikegraph.passes.registry import PASSES  # noqa: PLC0415

        if self.wanted != "all" and self.wanted not in PASSES:
            help = did_you_mean(self.wanted, PASSES) or "`spikegraph passes` lists them"
            raise click.UsageError(f"no pass is called `{self.wanted}`; {help}")

    def __call__(self, p: "Pass", graph: "Graph") -> None:
        """Called after each pass."""
        from spikegraph.ir.text import print_graph  # noqa: PLC0415 (slow to import)

        if self.wanted in ("all", p.name):
            self.seen = True
            self.write(f"# after {p}\n{print_graph(graph)}")


def emitted(
    spec: Path,
    options: "Options",
    form: str,
    after: PrintAfter | None,
    report: "Callable[[Diagnostics], None]",
) -> str:
    """The text of one of `FORMS`; warnings go to `report`.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
        UsageError: `after` wants a pass that isn't run.
    """
    from spikegraph.driver import build  # noqa: PLC0415 (slow to import)

    if form == "resolved":
        if after is not None:
            raise click.UsageError("--print-after needs a form for which passes are run, not resolved")
        return resolved_text(spec, options, report)
    built = build(spec, options, after)
    if after is not None and not after.seen:
        from spikegraph.passes.pipeline import show  # noqa: PLC0415 (slow to import)

        raise click.UsageError(f"`{after.wanted}` isn't run here; the passes are {show(built.passes)}")
    report(built.resolved.diagnostics)
    return _of_graph(built, form)


def resolved_text(spec: Path, options: "Options", report: "Callable[[Diagnostics], None]") -> str:
    """The spec with imports in their place, overrides applied, and every default written out; it compiles to the same graph.

    Raises:
        SpecError: The spec is wrong.
    """
    from spikegraph.driver import check_all, load  # noqa: PLC0415 (slow to import)
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415
    from spikegraph.dsl.printer import print_file  # noqa: PLC0415
    from spikegraph.elaborate.written import written  # noqa: PLC0415

    resolved = load(spec, options)
    check_all(resolved, options)
    if resolved.diagnostics.has_errors:
        raise SpecError(resolved.diagnostics)
    report(resolved.diagnostics)
    return print_file(written(resolved))


def _of_graph(built: "Built", form: str) -> str:
    match form:
        case "ir":
            from spikegraph.ir.text import print_graph  # noqa: PLC0415 (slow to import)

            return print_graph(built.graph)
        case "json":
            from spikegraph.ir.json import to_json  # noqa: PLC0415 (slow to import)

            return json.dumps(to_json(built.graph), indent=2, ensure_ascii=False) + "\n"
        case "dot":
            from spikegraph.targets import lower  # noqa: PLC0415 (slow to import)

            return str(lower(built.graph, "graphviz").source)
        case "passes":
            from spikegraph.passes.pipeline import show  # noqa: PLC0415 (slow to import)

            return show(built.passes) + "\n"
        case _:
            return summary(built)


def summary(built: "Built") -> str:
    """A row for each layer: name, kind, shape, parameters."""
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)

    found = Statistics.of(built.outline, built.graph)
    rows = [(layer.name, str(layer.value.kind), shape_text(layer.value), f"{layer.parameters:,}") for layer in found.layers]
    body = table([("name", "kind", "shape", "parameters"), *rows], right=(3,))
    return f"{body}\n{built.graph.name}, {built.phase}: {found.parameters:,} parameters, {len(built.graph)} operations\n"


def shape_text(value: "Value") -> str:
    """`12x260x346`, and of a trellis whose level is open that of its level 0."""
    text = "x".join(map(str, value.shape))
    return text if value.levels == 1 else f"{text} at {value.levels} levels"
