"""`emit y else u`: what a model gives."""

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.models.names import Names
from spikegraph.dsl.models.spikes import MOST_LEVELS
from spikegraph.dsl.models.typed import SPIKES, WORDS, Typed
from spikegraph.dsl.name_fixes import rename
from spikegraph.equations.model import Spikes
from spikegraph.equations.terms import Fire, Value


def names_of(emit: ast.Emit) -> set[str]:
    """The lines that it names."""
    return {emit.value.id} | (set() if emit.instead is None else {emit.instead.id})


def emitted(emit: ast.Emit, names: Names, diagnostics: Diagnostics) -> tuple[Spikes, int | None] | None:
    """The kind and the bound of the result; None after an error."""
    value = _line(emit.value, names, diagnostics)
    instead = value if emit.instead is None else _line(emit.instead, names, diagnostics)
    if value is None or instead is None:
        return None
    fires = "fires" in names.keys
    if fires and value.kind not in SPIKES:
        summary = f"`emit` gives {WORDS[value.kind]}, though the model fires"
        help = "emit what `fire` gives, a product or a sum of that"
        diagnostics.error("SG1206", emit.value.span, summary, help=help)
        return None
    if fires and emit.instead is None:
        potential = _potential(value, names)
        text = f"emit {emit.value.id} else {potential or 'u'}"
        fixes = [Fix(emit.span, text, f"write `{text}`")] if potential else []
        summary = "this `emit` doesn't say what a neuron that never fires gives"
        diagnostics.error("SG1209", emit.span, summary, help=f"write `{text}`, with its potential", fixes=fixes)
        return None
    if emit.instead is not None and instead.kind in SPIKES and fires:
        summary = f"`else` gives {WORDS[instead.kind]}, which never is anything but 0 in a neuron that never fires"
        diagnostics.error("SG1206", emit.instead.span, summary, help="name the potential")
        return None
    if value.bound is not None and value.bound > MOST_LEVELS:
        summary = f"`{emit.value.id}` counts up to {value.bound} spikes"
        help = f"a model emits at most {MOST_LEVELS} in a step: lower the `levels` of its `fire`"
        diagnostics.error("SG1213", emit.value.span, summary, help=help)
        return None
    kinds: dict[str, Spikes] = {"spike": "spike", "sign": "sign", "count": "count"}
    return kinds.get(value.kind, "real"), value.bound


def _line(name: ast.Name, names: Names, diagnostics: Diagnostics) -> Typed | None:
    if name.id in names.lines:
        names.used.add(name.id)
        return names.lines[name.id]
    help = did_you_mean(name.id, names.lines) or f"set here are {listed(names.lines, last='and')}"
    fixes = list(rename(name.span, name.id, names.lines))
    if name.id in names.all:
        help, fixes = f"`emit` gives what a line sets: write `u = {name.id}`, and give `u`", []
    diagnostics.error("SG1202", name.span, f"no line sets `{name.id}`", help=help, fixes=fixes)
    return None


def _potential(value: Typed, names: Names) -> str | None:
    """The name of the potential of the spikes, if it has one."""
    fire = names.fires.get(value.term.name) if isinstance(value.term, Value) else value.term
    return fire.potential.name if isinstance(fire, Fire) and isinstance(fire.potential, Value) else None
