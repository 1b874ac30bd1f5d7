"""Random neurons: every model of the registry, with the keys and numbers that its signature has."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.dsl.schema.neuron import Neuron as Declaration
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.dsl.schema.record import keys
from spikegraph.elaborate.declared_neurons import changeable, default_neuron, with_numbers
from spikegraph.generate.values import Drawable, block, drawable
from spikegraph.generate.wanted import Wanted
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.samples import Draw
from spikegraph.ir.surrogates import SURROGATES, Surrogate
from spikegraph.ir.types import Kind, Value

TRIES = 8


@dataclass(frozen=True)
class Declared:
    """A declared neuron: its name, its text, its parameters, and the model that its text names."""

    name: str
    text: str
    neuron: Neuron
    model: str

    @property
    def plain(self) -> bool:
        """Whether it has one current, and computes one step after the other."""
        return _plain(self.neuron.signature)

    @property
    def gives_spikes(self) -> bool:
        """Whether its result is 0 or 1."""
        return self.neuron.result(Value(Kind.REAL, 1, ())).kind is Kind.SPIKE


def _plain(signature: ModelSignature) -> bool:
    model = signature.model
    return model is None or (len(model.inputs) == 1 and not model.over_time)


def declared(draw: Draw, name: str, wanted: Wanted, *, plain: bool = False) -> Declared:
    """A random declaration; after several tries that `wanted` refuses, one with the defaults.

    Args:
        draw: Decides.
        name: Its name.
        wanted: What is allowed.
        plain: Whether its model has one current, and computes one step after the other.
    """
    known = NEURON_MODELS if wanted.models is None else wanted.models
    able = [n for n in known if not plain or _plain(NEURON_MODELS[n])]
    names = sorted(able or ["lif"], key=lambda n: (n != "lif", n))
    for _ in range(TRIES):
        signature = NEURON_MODELS[draw.choice(names if draw.boolean(0.6) else names[:1])]
        own = {k.name: found for k in signature.parameters if draw.boolean(0.5) and (found := drawable(draw, k.type))}
        changes = _changes(draw, changeable(signature))
        defaults = {key.name: key for key in keys(Declaration)}
        neuron = with_numbers(default_neuron(signature), {k: d.value for k, d in (own | changes).items()})
        if wanted.neuron(neuron):
            inside = ", ".join(f"{k} = {d.text}" for k, d in own.items())
            model = {} if signature.name == "lif" and not inside else {"model": signature.name + (f"({inside})" * bool(inside))}
            shown = {k: changes[k].text for k in defaults if k in changes}
            return Declared(name, block(f"neuron {name}", model | shown), neuron, signature.name)
    return Declared(name, block(f"neuron {name}", {}), Neuron.model_validate({}), "lif")


def changed(draw: Draw, of: Declared, wanted: Wanted) -> tuple[str, Neuron]:
    """A use of a neuron: its name, or with some of its keys changed."""
    if draw.boolean(0.2):
        types = changeable(of.neuron.signature if of.model != "if" else NEURON_MODELS["if"])
        changes = _changes(draw, types)
        changes |= {
            k: found for k, t in types.items() if k not in changes and draw.boolean(0.2) and (found := drawable(draw, t))
        }
        neuron = with_numbers(of.neuron, {k: d.value for k, d in changes.items()})
        if changes and wanted.neuron(neuron):
            return f"{of.name}({', '.join(f'{k} = {d.text}' for k, d in changes.items())})", neuron
    return of.name, of.neuron


def _changes(draw: Draw, types: Mapping[str, object]) -> dict[str, Drawable]:
    """Some of the keys that a declaration has."""
    found: dict[str, Drawable] = {}
    for key in keys(Declaration):
        chance = {"fires": 0.1, "levels": 0.1, "spike_at": 0.1, "detach_reset": 0.1}.get(key.name, 0.3)
        if key.name not in types or not draw.boolean(chance):
            continue
        made = surrogate(draw) if key.name == "surrogate" else drawable(draw, types[key.name])
        if made is not None:
            found[key.name] = made
    return found


def surrogate(draw: Draw) -> Drawable:
    """A surrogate of the registry; its b is a number or learned."""
    name = draw.choice(sorted(SURROGATES))
    if not draw.boolean(0.6):
        return Drawable(name, Surrogate(name=name))
    b = draw.integer(2, 20) / 4
    if SURROGATES[name].by_b is not None and draw.boolean(0.2):
        per = draw.choice(("layer", "channel"))
        return Drawable(f"{name}(b = learn({b:g}, per = {per}))", Surrogate(name=name, b=b, learned=per))
    return Drawable(f"{name}(b = {b:g})", Surrogate(name=name, b=b))
