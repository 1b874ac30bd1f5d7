"""What the penalties of a loss are computed from: the neurons and the operations at its places."""

from __future__ import annotations

from dataclasses import dataclass

from spikegraph.analysis.energy import ENERGY_MODELS, EnergyModel
from spikegraph.analysis.mixture import Probabilities, decided, mixture_of, uniform
from spikegraph.analysis.prices import NotLinearError, Price, prices, refusal
from spikegraph.base.errors import OutputError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.schema.penalties import ALL, EmptyPlaceError
from spikegraph.dsl.spec import Loss
from spikegraph.ir.folding import Uses
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.windows import product
from spikegraph.passes.instrument_dgs import inside, outer
from spikegraph.passes.prune import Prune


@dataclass(frozen=True)
class Most:
    """What operations cost if each neuron fires at each time step.

    Attributes:
        prices: Their prices.
        weights: The probability of each, if all choices are equal.
    """

    prices: tuple[Price, ...]
    weights: tuple[float, ...]

    def __call__(self, steps: int) -> float:
        """Millijoules of an inference of so many time steps."""
        return sum(weight * each.most(steps) for weight, each in zip(self.weights, self.prices, strict=True))


def deployed(plain: Graph) -> Graph:
    """The graph without what only losses use."""
    return Prune(losses=False).apply(plain)


def probable(graph: Graph) -> dict[str, float]:
    """The probability of each operation if all choices are equal."""
    return dict(Probabilities(graph, uniform, lambda of: min(sum(of), 1.0), min, 1.0).of_nodes())


def neurons_at(loss: Loss, plain: Graph) -> list[Node]:
    """The neurons at the places of a penalty that fire.

    Args:
        loss: The penalty.
        plain: The lowered graph, before the passes that make it faster.
    """
    return [node for node in _at(loss, deployed(plain)) if node.op.traits.fires]


def spiking(loss: Loss, plain: Graph) -> float:
    """The number of neurons of a penalty, each with its probability if all choices are equal; arguments as of `neurons_at`."""
    weights = probable(deployed(plain))
    return sum(weights[node.name] * product(node.value.shape) for node in neurons_at(loss, plain))


def prices_at(loss: Loss, plain: Graph) -> list[Price]:
    """The prices of the operations at the places of a penalty; arguments as of `neurons_at`.

    Raises:
        OutputError: There is no such model, or it can't price them.
    """
    model, graph = _model(loss), deployed(plain)
    nodes = decided(graph)
    chosen = [nodes[node.name] for node in _at(loss, graph)]
    if (why := refusal(chosen, model)) is not None:
        raise OutputError(f"the energy model `{model.name}` can't price this network: {why}", "choose another one")
    try:
        return prices(chosen, model, Uses.of(graph).staying())
    except NotLinearError:
        summary = f"the energy of `{model.name}` isn't linear in spikes, so a loss can't have it"
        raise OutputError(summary, _others(model)) from None


def priced(loss: Loss, plain: Graph) -> Most:
    """What a penalty's operations cost if each neuron fires at each time step; arguments as of `neurons_at`.

    Raises:
        OutputError: There is no such model, or it can't price them.
    """
    found, weights = prices_at(loss, plain), probable(deployed(plain))
    return Most(tuple(found), tuple([weights[each.node.name] for each in found]))


def check_spikes(loss: Loss, plain: Graph) -> None:
    """Checks a penalty on spikes; arguments as of `neurons_at`.

    Raises:
        EmptyPlaceError: The network has no such place, or no neuron is there.
    """
    _require_places(loss, plain)
    if not neurons_at(loss, plain):
        place, have = _named(loss, "the network"), "have" if len(loss.places or ()) > 1 else "has"
        raise EmptyPlaceError(f"{place} {have} no neurons that fire, so `{loss.name}` is always 0", "name another place")


def check_energy(loss: Loss, plain: Graph) -> None:
    """Checks a penalty on energy; arguments as of `neurons_at`.

    Raises:
        EmptyPlaceError: The network has no such place, or no neuron's spikes change the energy there.
        OutputError: There is no such model, or it can't price the operations.
    """
    model = _model(loss)
    _require_places(loss, plain)
    found, graph = prices_at(loss, plain), deployed(plain)
    trained = graph.descendants(node.name for node in graph if node.op.traits.fires)
    names = {name for each in found for name in each.reads}
    if not names & trained and not any(mixture_of(node) is not None for node in graph):
        where = "" if ALL in (loss.places or ()) else f" at {_named(loss, '')}"
        summary = f"the energy of `{model.name}`{where} depends on no neuron's spikes, so a loss can't lower it"
        raise EmptyPlaceError(summary, "name another place, or leave `at` out" if where else _others(model))


def _model(loss: Loss) -> EnergyModel:
    name = loss.model or ""
    if name not in ENERGY_MODELS:
        help = did_you_mean(name, ENERGY_MODELS) or f"the models are {listed(ENERGY_MODELS, last='and')}"
        raise OutputError(f"there is no energy model `{name}`", help)
    return ENERGY_MODELS[name]


def _others(model: EnergyModel) -> str:
    return f"choose another model, such as `{next(name for name in ENERGY_MODELS if name != model.name)}`"


def _named(loss: Loss, whole: str) -> str:
    places = loss.places or ()
    return whole if ALL in places else listed(places, last="and")


def _at(loss: Loss, graph: Graph) -> list[Node]:
    """The operations at the places of a penalty."""
    places, nodes = loss.places or (), [node for node in graph if not node.op.traits.source]
    return nodes if ALL in places else [node for node in nodes if any(inside(node.weights, place) for place in places)]


def _require_places(loss: Loss, graph: Graph) -> None:
    """Checks that the network has the places of a penalty.

    Raises:
        EmptyPlaceError: It doesn't.
    """
    for place in (loss.places or ()) if ALL not in (loss.places or ()) else ():
        if not any(inside(node.weights, place) for node in graph):
            known = outer(node.weights for node in graph if node.op.traits.fires)
            help = did_you_mean(place, known) or f"its places are {listed(known)}, or `{ALL}`"
            raise EmptyPlaceError(f"the network has no place `{place}`", help)
