"""The card of a trained network: what it is, its data, metrics, energy, certificate and licence."""

from collections.abc import Iterator

from spikegraph.analysis.certificate import certify
from spikegraph.analysis.statistics import Statistics
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.base.version import __version__
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.plugins.registry import used
from spikegraph.program.kept import Kept

LICENCE = "Not given. Write here under which terms others may use the weights, and name the licence of the data."


def card(found: Kept, network: str, licence: str | None = None) -> Iterator[str]:
    """The lines of a card: what a model is, its data, metrics, energy, certificate and licence."""
    program, run = found.program, found.run
    built = program.build("deploy")
    evaluation = None if run is None else run.summary.evaluation
    statistics = Statistics.evaluated(built.outline, built.plain, evaluation, time=built.time_steps)
    yield from (f"# {network}", "", f"A spiking network, written by spikegraph {__version__}.", "")
    yield from ("```python", "import spikegraph", "", 'model = spikegraph.load("FOLDER")  # this folder', "```", "")
    yield "## What it takes and gives"
    yield ""
    yield from (f"- input `{name}`: {node.value}" for name, node in built.plain.inputs().items())
    yield from (f"- output `{name}`: {built.plain.node(node).value}" for name, node in built.plain.outputs.items())
    yield f"- {statistics.parameters:,} parameters, time steps: {built.time_steps or 'those of the input'}"
    if found.classes:
        yield f"- classes: {', '.join(found.classes)}"
    yield from ("", "## Data and metrics", "")
    if run is None:
        yield "It was saved from Python; what it was trained on isn't recorded."
    else:
        yield f"Trained on {run.manifest.data}, seed {run.manifest.seed}, {run.manifest.device}."
        if run.manifest.weights_from is not None:
            yield f"The training began with the weights of another one, SHA-256 {run.manifest.weights_sha256}."
        if found.unfinished is not None:
            yield "The training isn't complete; these are its newest weights."
        if evaluation is not None:
            rows = [f"| {name_and_unit(name)[0]} | {with_unit(name, value)} |" for name, value in evaluation.metrics.items()]
            yield from ("", f"On {evaluation.samples:,} samples of the test set, measured before norms were folded:", "")
            yield from ("| metric | value |", "|---|---|", *rows)
            for name, of in run.summary.baselines.items():
                shown = ", ".join(f"{name_and_unit(k)[0]} {with_unit(k, v)}" for k, v in of.items())
                yield from ("", f"Baseline, {name}: {shown}.")
    yield from ("", "## Energy", "", f"{statistics.energy} ({statistics.model.name}: {statistics.model.doc}).")
    yield from ("", "## Certificate", "")
    try:
        certificate = certify(built.plain)
    except SpecError:  # an operation that the certificate doesn't know
        yield "None: what its operations compute isn't known."
    else:
        yield f"It computes {'' if certificate.holds else 'not '}with spikes alone: {certificate.summary}."
        yield from (f"- line {place.span.line}: {place.summary}" for place in certificate.places)
    yield from ("", "## Licence", "", licence or LICENCE)
    if plugins := used():
        yield from ("", f"It needs plug-ins, which aren't in this folder: {', '.join(plugins)}.")
