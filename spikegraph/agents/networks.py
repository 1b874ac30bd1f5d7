"""Tools about networks: what they count, whether they compute with spikes alone, how they look, how two differ."""

from collections.abc import Callable
from typing import Any, cast

from spikegraph.agents.files import Files
from spikegraph.agents.given import CHANGES, PHASE, SPEC, Given, phase_of
from spikegraph.agents.tool import Answer, Arguments, Parameter, Tool, ToolError
from spikegraph.analysis.certificate import Certificate, certify
from spikegraph.analysis.energy import CMOS_45NM, ENERGY_MODELS, WITH_MEMORY, EnergyModel
from spikegraph.analysis.quantised import Beside
from spikegraph.analysis.statistics import Statistics
from spikegraph.analysis.statistics_json import as_object
from spikegraph.backends.graphviz.draw_file import Drawn
from spikegraph.backends.graphviz.engine import picture
from spikegraph.backends.graphviz.render import Level
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.project_folder import confined
from spikegraph.genotype.comparison_json import difference_data
from spikegraph.genotype.comparison_text import difference_text
from spikegraph.genotype.diff import diff
from spikegraph.program.networks import architecture_in

_LEVELS = ("network", "trellis", "cell", "ops")
_FORMATS = ("dot", "svg", "png")
_ENERGY = Parameter(
    "energy", "string", f"The energy model that prices operations, or `all`. Default: {CMOS_45NM.name} and {WITH_MEMORY.name}."
)
_PICTURE = (
    Parameter(
        "level",
        "string",
        "network: layers and shapes; trellis: paths; cell: the edges of cells; ops: the lowered operations. Default: network.",
        choices=_LEVELS,
    ),
    Parameter(
        "format", "string", "dot: text of Graphviz, which you can read; svg; png: an image. Default: dot.", choices=_FORMATS
    ),
    Parameter(
        "expand", "array", "Open these blocks, chains or lines of layers (network), layers or cells (ops); `all` opens all."
    ),
    Parameter("only", "array", "Draw only these cells or trellises."),
    Parameter("dark", "boolean", "Draw on a dark background."),
)
_OTHER = (
    Parameter("other_text", "string", "The second spec or genotype as text."),
    Parameter("other_path", "string", "The second one as a file below the root, or `builtin:NAME`, in place of `other_text`."),
)


def tools(files: Files) -> tuple[Tool, ...]:
    """The tools about networks."""
    stats_doc = (
        "Count the trainable parameters of a spec's network, and the additions, multiplications and energy of a time step, "
        "in all and layer by layer, with kinds and shapes. Energy is an upper bound: every input counts as a spike."
    )
    certify_doc = (
        "Certify that the deployed network computes with spikes alone (no product of two real numbers behind the encoding); "
        "else each place where it doesn't, and how to change it. A spec with a search needs a genotype."
    )
    render_doc = "Draw a network, its cells, its trellises or its operations, as text of Graphviz, SVG, or an image."
    diff_doc = (
        "Compare two architectures that a search decided, edge by edge and layer by layer: genotype files, or specs with "
        "genotypes. The order of terms doesn't matter, nor do names of candidates if both specs define them."
    )
    counts = {"spec": "string", "phase": "string", "parameters": "integer", "layers": "array", "energy": "object"}
    spiking = {
        "network": "string",
        "spiking": "boolean",
        "places": "array",
        "encoding_layers": "array",
        "spiking_layers": "array",
    }
    return (
        Tool("stats", stats_doc, (*SPEC, *CHANGES, PHASE, _ENERGY), counts, _of(files, _stats)),
        Tool("certify", certify_doc, (*SPEC, *CHANGES), spiking, _of(files, _certify)),
        Tool(
            "render",
            render_doc,
            (*SPEC, *CHANGES, PHASE, *_PICTURE),
            {"format": "string", "source": "string|null"},
            _of(files, _render),
        ),
        Tool("diff", diff_doc, (*SPEC, *_OTHER), {"equal": "boolean", "edges": "array", "levels": "array"}, _diff(files)),
    )


def _of(files: Files, answer: Callable[[Given, Arguments], Answer]) -> Callable[[Arguments], Answer]:
    def answered(arguments: Arguments) -> Answer:
        given = Given.of(files, arguments)
        with given.reading():
            return answer(given, arguments)

    return answered


def _models(name: str | None) -> list[EnergyModel]:
    if name is None:
        return [CMOS_45NM, WITH_MEMORY]
    if name == "all":
        return list(ENERGY_MODELS.values())
    if name not in ENERGY_MODELS:
        help = did_you_mean(name, ENERGY_MODELS) or f"the models are {listed(ENERGY_MODELS, last='and')}"
        raise ToolError(f"no energy model is called `{name}`", help)
    return [ENERGY_MODELS[name]]


def _stats(given: Given, arguments: Arguments) -> Answer:
    models = _models(cast("str | None", arguments.get("energy")))
    built = given.program().checked().build(phase_of(arguments))
    found = Statistics.evaluated(built.outline, built.plain, None, models[0], time=built.time_steps)
    energies = [Beside.of(found, model) for model in models]
    lines = [f"{found.parameters:,} parameters ({built.phase})"]
    for layer in found.layers:
        counts = f"{layer.parameters:,} parameters, {layer.additions:,} additions, {layer.multiplications:,} multiplications"
        lines.append(f"{layer.name} ({layer.op}): {layer.value}, {counts}")
    lines += [f"energy: {found.energy}", *map(str, energies)]
    return Answer("\n".join(lines), as_object(found, given.files.shown(str(given.path)), built.phase, energies))


def _certify(given: Given, arguments: Arguments) -> Answer:
    found = certify(given.program().checked().build("deploy").plain)
    data = found.as_object()
    data["places"] = [{**place, "file": given.files.shown(str(place["file"]))} for place in data["places"]]
    return Answer(_certificate_text(found, given), data)


def _certificate_text(found: Certificate, given: Given) -> str:
    lines = [f"{found.network}: {'spiking' if found.holds else 'not spiking'}, {found.summary}"]
    for place in found.places:
        where = f"{given.files.shown(place.span.file)}:{place.span.line}:{place.span.column}"
        lines.append(f"error[{place.code}] {where}: {place.summary}")
        lines += [f"  help: {place.help}"] if place.help else []
    return "\n".join([*lines, *(f"{name}: {text}" for name, text in found.details)])


def _render(given: Given, arguments: Arguments) -> Answer:
    drawing = Drawn(given.path.stem, given.program(), {}, {}).drawing(
        cast("Level | None", arguments.get("level")),
        phase=phase_of(arguments),
        expand=cast("list[str]", arguments.get("expand", [])),
        only=cast("list[str]", arguments.get("only", [])),
        dark=bool(arguments.get("dark", False)),
    )
    source = drawing.dot
    match arguments.get("format", "dot"):
        case "svg":
            text = picture(source, "svg").decode("utf-8")
            return Answer(text, {"format": "svg", "source": text})
        case "png":
            return Answer("the picture as an image", {"format": "png", "source": None}, picture(source, "png"))
        case _:
            return Answer(source, {"format": "dot", "source": source})


def _diff(files: Files) -> Callable[[Arguments], Answer]:
    def answered(arguments: Arguments) -> Answer:
        found: list[Any] = []
        for prefix, name in (("", "first"), ("other_", "second")):
            given = Given.of(files, arguments, prefix)
            shown = name if f"{prefix}text" in arguments else files.shown(str(given.path))
            with confined(files.folder_of(given.path)):
                found.append(architecture_in(given.program(), shown))
        difference = diff(*found)
        return Answer(difference_text(difference).rstrip("\n"), difference_data(difference))

    return answered
