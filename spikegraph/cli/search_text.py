"""What a run's search decided, as text."""

from typing import TYPE_CHECKING

from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord


def margins(run: "RunRecord") -> str:
    """The margins of the search's decisions as a table; empty if none are known."""
    from spikegraph.genotype.decisions import decided, margin_text  # noqa: PLC0415 (slow to import)

    found = run.summary.margins
    if not found:
        return ""
    return f"{decided(found)}\n" + table([("decision", "margin"), *((what, margin_text(m)) for what, m in found.items())])


def controls(run: "RunRecord") -> str:
    """How the network compares with random architectures, in a sentence; empty without controls."""
    from spikegraph.runs.controls_text import controls_text  # noqa: PLC0415 (slow to import)

    found, own = run.summary.controls, run.metrics
    if found is None:
        return ""
    if not found.metric:
        return f"controls: {found.asked} random architectures were asked for, and aren't compared yet\n"
    return f"controls: {controls_text(found, own[found.metric])}\n"
