"""The card of a trained network: what it is, its data, metrics, energy, certificate and licence."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from spikegraph.analysis.card import Subject
from spikegraph.analysis.card import card as text_of
from spikegraph.analysis.certificate import certify
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.train.used_plugins import used_plugins
from spikegraph.program.kept import Kept
from spikegraph.program.phases import Built

LICENCE = "Not given. Write here under which terms others may use the weights."


def card(found: Kept, title: str, about: str, blocks: Mapping[str, Sequence[str]], licence: str | None = None) -> str:
    """The card of a trained network, as Markdown.

    Args:
        found: The network.
        title: Its name.
        about: What it is, a sentence.
        blocks: By their titles, commands or code that go on with it.
        licence: Under which terms others may use the weights.
    """
    program, run = found.program, found.run
    built = program.build("deploy")
    statistics = Statistics.evaluated(
        built.outline, built.plain, None if run is None else run.summary.evaluation, time=built.time_steps
    )
    certificate = certify(built.plain)
    declared = program.spec.retrain
    data = None if declared is None else program.spec.datasets[declared.dataset].origin.licence
    places = "".join(f"\n- line {place.span.line}: {place.summary}" for place in certificate.places)
    sections = {
        "Energy": f"{statistics.energy} ({statistics.model.name}: {statistics.model.doc}).",
        "Certificate": f"It computes {'' if certificate.holds else 'not '}with spikes alone: {certificate.summary}.{places}",
        "Licence": licence or LICENCE,
    }
    if plugins := used_plugins(program, (built.graph,), found.loaded_plugins):
        sections["Plug-ins"] = f"It needs plug-ins, which aren't in this folder: {', '.join(plugins)}."
    weights = sha256(found.weights.read_bytes()).hexdigest()
    return text_of(run, Subject(title, about, _network(built), found.classes, data or "", weights, blocks, sections))


def _network(built: Built) -> str:
    """A network's inputs, outputs and time steps."""
    graph, steps = built.plain, built.time_steps
    inputs = ", ".join(f"`{name}` {node.value}" for name, node in graph.inputs().items())
    outputs = ", ".join(f"`{name}` {graph.node(node).value}" for name, node in graph.outputs.items())
    return f"`{built.space.name}`: {inputs} -> {outputs}; time steps: {steps or 'those of the input'}"
