"""Which recurrences are leaky integrate-and-fire: found by evaluating both, in float64, at many random numbers.

Only those that are linear between their spikes can be: others may do something else where no probe is. A few probes give the
numbers that such a neuron would have: its decay, threshold and reset. Then it and the recurrence get the same random
currents for several steps, and have to give the same spikes and the same gradients.
"""

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from spikegraph.backends.torch.modules.neuron_models import Numbers
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.foreign.linear_between_spikes import fires_at
from spikegraph.foreign.recurrence import Recurrence
from spikegraph.foreign.statements import Weight
from spikegraph.ir.neuron import Constant, Neuron
from spikegraph.ir.surrogates import Surrogate

STEPS, SAMPLES = 6, 512
CLOSE = 1e-11

Keys = Mapping[str, str | float]


def as_lif(recurrence: Recurrence, name: str) -> tuple[Keys, Mapping[str, Weight]] | None:
    """The keys of the leaky integrate-and-fire neuron that a recurrence is, and its trained decay; None if it is another one.

    Args:
        recurrence: The recurrence; its surrogates are those of the neuron.
        name: The name that its model's text has.
    """
    if len(recurrence.inputs) != 1 or len(recurrence.numbers) > 1 or len(set(_surrogates(recurrence))) > 1:
        return None
    at = fires_at(recurrence)
    if at is None:
        return None
    if not recurrence.numbers:
        keys = _matched(recurrence, name, at, {})
        return None if keys is None else (keys, {})
    (trained,) = recurrence.numbers
    found = [_matched(recurrence, name, at, {trained.name: value}) for value in (trained.value, 0.3, -0.7)]
    decays = [None if keys is None else float(keys["decay"]) for keys in found]
    for sign in (1, -1):
        sigmoids = [1 / (1 + math.exp(-sign * value)) for value in (trained.value, 0.3, -0.7)]
        if all(d is not None and abs(d - s) < CLOSE for d, s in zip(decays, sigmoids, strict=True)) and found[0] is not None:
            start = f"learn({sigmoids[0]!r}, per = {trained.per})"
            return {**found[0], "decay": start}, {"decay": Weight(trained.weight.name, sign)}
    return None


def _surrogates(recurrence: Recurrence) -> list[tuple[str, float]]:
    return [fire.surrogate for fire in recurrence.fires if fire.surrogate is not None]


def neuron_of(recurrence: Recurrence, name: str, numbers: Mapping[str, float]) -> Neuron:
    """The neuron of a recurrence, with these values of its numbers."""
    constants = tuple(Constant(name=n.name, value=numbers[n.name]) for n in recurrence.numbers)
    text = recurrence.text(name).replace(" learned per channel", "").replace(" learned", "")
    return Neuron.model_validate(
        {"model": name, "text": text, "constants": constants, "fires": recurrence.potential is not None}
    )


def _matched(recurrence: Recurrence, name: str, at: str, numbers: Mapping[str, float]) -> Keys | None:
    """The keys of the neuron that a recurrence with these numbers is."""
    own = neuron_of(recurrence, name, numbers)
    steps = STEPS + len(recurrence.states)  # a state may come back only after all others
    return next((keys for keys, lif in _candidates(own, recurrence, at) if _same(own, lif, steps)), None)


def _run(neuron: Neuron, currents: Tensor) -> tuple[Tensor, Tensor]:
    """The results and the potentials of a neuron for currents [T, N, 1]."""
    found = resolved(neuron)
    assert found.dynamics is not None
    states = found.dynamics.begin(currents[0])
    numbers, results, potentials = Numbers(neuron, found.values, found.temperature), list[Tensor](), list[Tensor]()
    for current in currents:
        u, y, states = found.dynamics.step(current, states, numbers)
        results.append(y if neuron.spikes else u)
        potentials.append(u)
    return torch.stack(results), torch.stack(potentials)


def _answer(neuron: Neuron, *currents: float) -> tuple[list[float], list[float]]:
    """Results and potentials of a single neuron."""
    with torch.no_grad():
        results, potentials = _run(neuron, torch.tensor(currents, dtype=torch.float64).reshape(-1, 1, 1))
    return [float(y) for y in results.flatten()], [float(u) for u in potentials.flatten()]


def _candidates(own: Neuron, recurrence: Recurrence, at: str) -> Iterator[tuple[Keys, Neuron]]:
    """The neurons that a few probes leave."""
    small = 2.0**-20
    spikes, (at_rest, first, then) = _answer(own, 0.0, small, 0.0)
    if at_rest != 0 or (own.spikes and any(spikes)) or first == 0 or not math.isfinite(then):
        return
    gain, decay = first / small, _rounded(then / first)
    if not 0 <= decay <= 1:
        return
    scaled = abs(gain - (1 - decay)) < CLOSE and gain != 1
    if not scaled and abs(gain - 1) > CLOSE:
        return
    keys: dict[str, str | float] = {"decay": decay}
    if scaled:
        keys["decay_input"] = True
    if not own.spikes:
        keys["fires"] = False
        yield keys, Neuron.model_validate({"decay": decay, "fires": False, "decay_input": scaled})
        return
    threshold = _threshold(own, gain)
    surrogate = next(iter(_surrogates(recurrence)), None)
    if threshold is None or surrogate is None:
        return
    above = 2 * threshold
    _, (_, after) = _answer(own, above / gain, 0.0)
    expected = {"hard": 0.0, "soft": decay * (above - threshold), "late": decay * above - threshold}
    for reset in (reset for reset, value in expected.items() if abs(after - value) < CLOSE * max(1.0, above)):
        for detach in (False, True):
            written = {"decay": decay, "threshold": threshold, "reset": reset, "detach_reset": detach, "spike_at": at}
            surrogate_of_it = Surrogate(name=surrogate[0], b=surrogate[1])
            lif = Neuron.model_validate({**written, "decay_input": scaled, "surrogate": surrogate_of_it})
            more: dict[str, str | float] = {"threshold": threshold, "reset": reset, "surrogate": str(lif.surrogate)}
            more |= {"detach_reset": True} if detach else {}
            more |= {"spike_at": at} if at != "above" else {}
            yield {**keys, **more}, lif


def _threshold(own: Neuron, gain: float) -> float | None:
    """The potential above which a neuron at rest fires, or at which."""
    low, high = 0.0, 1.0
    while not _answer(own, high / gain)[0][0]:
        high *= 2
        if high > 1e6:
            return None
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if _answer(own, middle / gain)[0][0]:
            high = middle
        else:
            low = middle
    return _rounded(high)


def _rounded(value: float) -> float:
    short = float(f"{value:.9g}")
    return short if abs(short - value) <= 1e-12 * max(1.0, abs(value)) else value


def _same(own: Neuron, lif: Neuron, steps: int) -> bool:
    """Whether two neurons give the same results and gradients for random currents."""
    generator = torch.Generator().manual_seed(3)
    width = lif.threshold / (1 - lif.decay if lif.decay_input else 1)
    currents = (torch.rand(steps, SAMPLES, 1, generator=generator, dtype=torch.float64) * 2 - 0.5) * 1.5 * width
    answers = list[tuple[Tensor, Tensor]]()
    for neuron in (own, lif):
        given = currents.clone().requires_grad_()
        with torch.enable_grad():
            result, _ = _run(neuron, given)
            (slope,) = torch.autograd.grad((result * torch.cos(torch.arange(result.numel())).view(result.shape)).sum(), given)
        answers.append((result.detach(), slope))
    return all(
        one.shape == other.shape and float((one - other).abs().max()) <= CLOSE * max(1.0, float(one.abs().max()))
        for one, other in zip(*answers, strict=True)
    )
