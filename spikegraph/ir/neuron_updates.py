"""The operations of the built-in neuron models, counted from their equations (docs/language.md, `neuron`)."""

from collections.abc import Callable, Mapping

from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.updates import Update


def update_of(neuron: Neuron) -> Update | None:
    """What a time step of one neuron costs; None for a model of a plug-in, whose equations nobody has counted."""
    count = _UPDATES.get(neuron.model)
    return count(neuron) if count is not None and NEURON_MODELS.is_built_in(neuron.model) else None


def _scales(neuron: Neuron, name: str) -> int:
    """The multiplications by a number: none by 0 or 1, unless training may change it."""
    return int(any(n.name == name for n in neuron.trained) or neuron.number(name) not in (0, 1))


def _vanishes(neuron: Neuron, name: str) -> bool:
    """True if a number is 0 and stays so."""
    return neuron.number(name) == 0 and not _scales(neuron, name)


def _leaky(neuron: Neuron) -> Update:
    """u[t] = decay * v[t-1] + I[t], the comparisons with multiples of the threshold, and the reset."""
    decayed = _scales(neuron, "decay")
    remembers = not _vanishes(neuron, "decay") or (neuron.reset == "late" and neuron.fires)
    found = Update(additions=int(remembers), multiplications=decayed + (decayed if neuron.decay_input else 0))
    if not neuron.fires:
        return found
    subtracted = neuron.levels if neuron.reset != "hard" and remembers else 0  # a hard reset selects 0
    return found + Update(additions=subtracted, comparisons=neuron.levels)


def _adaptive(neuron: Neuron) -> Update:
    """`_leaky`, with threshold + adaptation * a[t-1], and a[t] = adaptation_decay * a[t-1] + y[t]."""
    if not neuron.fires:
        return _leaky(neuron)
    scaled = _scales(neuron, "adaptation") + _scales(neuron, "adaptation_decay")
    remembers = not _vanishes(neuron, "adaptation_decay")
    return _leaky(neuron) + Update(additions=1 + int(remembers), multiplications=scaled)


def _current_based(neuron: Neuron) -> Update:
    """`_leaky` of s[t] = current_decay * s[t-1] + I[t]."""
    remembers = not _vanishes(neuron, "current_decay")
    return _leaky(neuron) + Update(additions=int(remembers), multiplications=_scales(neuron, "current_decay"))


def _rectified(neuron: Neuron) -> Update:
    """I[t] where I[t] > 0, else slope * I[t]."""
    return Update(multiplications=_scales(neuron, "slope"), comparisons=1)


_UPDATES: Mapping[str, Callable[[Neuron], Update]] = {
    "lif": _leaky,
    "alif": _adaptive,
    "cuba": _current_based,
    "relu": _rectified,
}
"""By model; `if` is `lif` with decay 1."""
