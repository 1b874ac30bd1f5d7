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
