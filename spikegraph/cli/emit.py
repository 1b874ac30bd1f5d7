"""The output of `spikegraph compile`."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.ir.graph import Graph
    from spikegraph.ir.types import Value
    from spikegraph.passes.base import Pass
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.phases import Built
    from spikegraph.program.program import Program

SUMMARY = "summary"
FORMS = (SUMMARY, "resolved", "ir", "json", "dot", "passes")


@dataclass
class PrintAfter:
    """Prints the graph after a pass, or after every pass.

    Attributes:
        wanted: A pass's name, or `all`.
        write: Called with the text.
        seen: The wanted pass has run.
    """

    wanted: str
    write: Callable[[str], object]
    seen: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Check the name.

        Raises:
            UsageError: No pass has this name.
        """
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415 (slow to import)
        from spikegraph.passes.registry import PASSES  # noqa: PLC0415
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        if self.wanted != "all" and self.wanted not in PASSES:
            help = did_you_mean(self.wanted, PASSES) or "`spikegraph passes` lists them"
            raise click.UsageError(f"no pass is called `{self.wanted}`; {help} {HINT}")

    def __call__(self, p: "Pass", graph: "Graph") -> None:
        """Print the graph if this pass is wanted. The pipeline calls it after each pass."""
        from spikegraph.ir.text import print_graph  # noqa: PLC0415 (slow to import)

        if self.wanted in ("all", p.name):
            self.seen = True
            self.write(f"# after {p}\n{print_graph(graph)}")


def emitted(program: "Program", phase: "Phase | None", passes: str | None, form: str, after: PrintAfter | None) -> str:
    """The spec's text in one of `FORMS`.

    Raises:
        SpecError: The spec has errors.
        PassError: The pipeline has errors.
        UsageError: The pipeline doesn't run the pass that `after` wants.
    """
    if form == "resolved":
        if after is not None:
            raise click.UsageError("--print-after can't be combined with --emit resolved, which runs no passes")
        if passes is not None or phase is not None:
            name = "--passes" if passes is not None else "--phase"
            raise click.UsageError(f"{name} can't be combined with --emit resolved, which runs no passes")
        return program.text
    built = program.build(phase, passes, after)
    if after is not None and not after.seen:
        from spikegraph.passes.pipeline import show  # noqa: PLC0415 (slow to import)

        raise click.UsageError(f"this pipeline doesn't run `{after.wanted}`; its passes are {show(built.passes)}")
    return _of_graph(built, form)


def _of_graph(built: "Built", form: str) -> str:
    match form:
        case "ir":
            from spikegraph.ir.text import print_graph  # noqa: PLC0415 (slow to import)

            return print_graph(built.graph)
        case "json":
            from spikegraph.ir.json import to_json  # noqa: PLC0415 (slow to import)

            return json.dumps(to_json(built.graph), indent=2, ensure_ascii=False) + "\n"
        case "dot":
            from spikegraph.plugins.targets import lower  # noqa: PLC0415 (slow to import)

            return str(lower(built.plain, "graphviz").source)
        case "passes":
            from spikegraph.passes.pipeline import show  # noqa: PLC0415 (slow to import)

            return show(built.passes) + "\n"
        case _:
            return summary(built)


def summary(built: "Built") -> str:
    """A table with a row for each layer: name, kind, shape, parameters."""
    from spikegraph.analysis.statistics import Statistics  # noqa: PLC0415 (slow to import)

    found = Statistics.of(built.outline, built.plain)
    rows = [(layer.name, str(layer.value.kind), shape_text(layer.value), f"{layer.parameters:,}") for layer in found.layers]
    body = table([("name", "kind", "shape", "parameters"), *rows], right=(3,), drop=(1,))
    return f"{body}\n{built.graph.name}, {built.phase}: {found.parameters:,} parameters, {len(built.plain)} operations\n"


def shape_text(value: "Value") -> str:
    """A shape such as `12x260x346`; for a trellis without a chosen level, the shape at level 0."""
    text = "x".join(map(str, value.shape))
    return text if value.levels == 1 else f"{text} at {value.levels} levels"
