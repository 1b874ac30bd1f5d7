"""How a recurrence is declared: as leaky integrate-and-fire where it is that, else with a model of its own."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from spikegraph.backends.torch.foreign.plain_neurons import as_lif
from spikegraph.dsl.models.texts import model_of
from spikegraph.equations.terms import Constant, Fire, Term
from spikegraph.foreign.names import valid
from spikegraph.foreign.numbers import number, written_value
from spikegraph.foreign.recurrence import Recurrence, replaced
from spikegraph.foreign.statements import NeuronForm, Weight

_as_lif = lru_cache(256)(as_lif)


def declare(recurrence: Recurrence, wanted: str, models: dict[str, str]) -> tuple[NeuronForm, Mapping[str, Weight]]:
    """The declaration of a neuron, and the module's tensors by the names of its trained numbers.

    Args:
        recurrence: What it computes.
        wanted: What its model may be called.
        models: The models that were declared: their lines, by name; a new one is added.

    Raises:
        ValueError: The language has no such model.
    """
    model_of(recurrence.text("own"))
    found = _as_lif(recurrence, "own")
    if found is not None:
        keys, weights = found
        written = tuple((k, v if isinstance(v, str) else written_value(v)) for k, v in keys.items())
        return NeuronForm(written), weights
    common, rest = _common(recurrence)
    lines = rest.text("NAME")
    name = next((n for n, text in models.items() if text == lines), None)
    if name is None:
        name, count = valid(f"{wanted}_model"), 1
        while name in models:
            count += 1
            name = f"{valid(wanted)}_model{count}"
        models[name] = lines
    values = ", ".join(f"{n.name} = {_learned(n.value, n.per)}" for n in recurrence.numbers)
    keys = (("model", f"{name}({values})" if values else name), *common)
    return NeuronForm(keys, rest.text(name)), {n.name: n.weight for n in recurrence.numbers}


def _learned(value: float, per: str) -> str:
    return f"learn({number(value)}, per = {per})"


def _at_zero(fire: Fire) -> bool:
    """Whether the threshold of a spike is a constant 0: a neuron's `spike_at` doesn't count for it."""
    return fire.threshold == Constant(0.0)


def _common(recurrence: Recurrence) -> tuple[tuple[tuple[str, str], ...], Recurrence]:
    """The surrogate and `spike_at` that all of its spikes have, as keys, and the recurrence without them."""
    fires = recurrence.fires
    surrogates = {f.surrogate for f in fires if f.surrogate is not None}
    places = {f.at or "above" for f in fires if not _at_zero(f)}
    keys: list[tuple[str, str]] = []
    if len(surrogates) == 1:
        ((name, b),) = surrogates
        keys.append(("surrogate", f"{name}(b = {number(b)})"))
    if places == {"reached"}:
        keys.append(("spike_at", "reached"))

    def shorter(term: Term) -> Term | None:
        if not isinstance(term, Fire):
            return None
        inner = replaced(term.potential, shorter), replaced(term.threshold, shorter)
        at = term.at or "above"
        is_default = at == "above" if _at_zero(term) else len(places) == 1
        return Fire(*inner, None, None if is_default else at, None if len(surrogates) == 1 else term.surrogate)

    return tuple(keys), replace(recurrence, lines=tuple((n, replaced(t, shorter)) for n, t in recurrence.lines))
