"""What a search costs, in trainings as its spec's `retrain` describes them, known before it begins."""

from collections.abc import Callable, Iterable, Mapping

from spikegraph.dsl.schema.methods import CHOOSE, METHODS, SHARE, TUNING, N
from spikegraph.dsl.spec import Run, Search, Spec, Value
from spikegraph.ir.cellspec import CellSpec

LEAST_SHARE, LEAST_STEPS = 0.03, 25
"""The smallest share of a training after which candidates are compared, and the smallest number of steps."""

FIRST_RUNG = 0.25
"""Share of a training after which halving first compares candidates, unless the method says another."""

PROPOSING = 0.6
"""Share of the cost of an evolution that goes into proposals; the rest trains the best to the end."""


def least_share(steps: float) -> float:
    """The smallest share of a training of so many steps after which candidates are compared."""
    return min(max(LEAST_SHARE, LEAST_STEPS / steps), 1.0)


def rungs(first: float) -> list[float]:
    """The shares of a training at which halving compares: the first, then those of 1/2, 1/4 ... that are well above it."""
    shares, next_one = list[float](), 0.5
    while next_one > 1.4 * first:
        shares.insert(0, next_one)
        next_one /= 2
    return [first, *shares] if first < 1 else []


def halving_cost(count: int, first: float, done: float = 0.0) -> float:
    """What successive halving of `count` candidates costs, in trainings, if each is trained for the share `done` already."""
    cost, before, kept = 0.0, done, count
    for share in rungs(first):
        if kept > 1:
            cost, before, kept = cost + kept * max(share - before, 0.0), max(share, before), -(-kept // 2)
    return cost + kept * (1 - before)


def evolution_cost(count: int, share: float) -> float:
    """What an evolution with `count` candidates, each begun for a share of a training, costs in trainings."""
    return count * share + halving_cost(finalists(count, share), next_rung(share), share)


def next_rung(share: float) -> float:
    """The first rung of the halving behind proposals."""
    return ([*rungs(share), 1.0, 1.0])[1]


def finalists(count: int, share: float) -> int:
    """The most candidates whose halving costs no more than the share of the whole that is left for it; at least 2."""
    left, number = count * share * (1 - PROPOSING) / PROPOSING, 2
    while number < count and halving_cost(number + 1, next_rung(share), share) <= left:
        number += 1
    return number


FRONT_PROPOSING = 0.3
"""Share of the cost of an evolution for two objectives that goes into proposals: a front needs several trained networks."""


def front_finalists(count: int, share: float) -> int:
    """The candidates that an evolution for two objectives trains to the end: as many as its cost leaves, at least 2."""
    if share >= 1:
        return count
    return min(max(int(count * share * (1 - FRONT_PROPOSING) / FRONT_PROPOSING / (1 - share) + 1e-9), 2), count)


def front_cost(count: int, share: float) -> float:
    """What an evolution for two objectives costs, in trainings, if each of its candidates is begun for a share of one."""
    return count * share + front_finalists(count, share) * (1 - share)


def _of_discretise(options: Mapping[str, Value]) -> float:
    """What the candidates cost that a trained supernet's ranking leaves to be trained."""
    how = CHOOSE.of(options)
    return halving_cost(N.of(how.named), FIRST_RUNG) if how.name == "halving" else 0.0


COSTS: Mapping[str, Callable[[Mapping[str, Value], float], float]] = {
    "random": lambda options, _: N.of(options),
    "halving": lambda options, _: halving_cost(N.of(options), SHARE.of(options) or FIRST_RUNG),
    "evolution": lambda options, least: evolution_cost(N.of(options), SHARE.of(options) or least),
    "darts": lambda options, _: _of_discretise(options),
    "partial": lambda options, _: _of_discretise(options),
    "single_path": lambda options, _: _of_discretise(options),
}
"""What the candidates of each built-in method cost at most, by its options and the least share of a training."""

FRONT_COSTS: Mapping[str, Callable[[Mapping[str, Value], float], float]] = {
    "evolution": lambda options, least: front_cost(N.of(options), SHARE.of(options) or least)
}
"""The same of methods that cost something else when they search for two objectives."""


def candidates_cost(spec: Spec, steps: float | None) -> float | None:
    """What the candidates of a spec's search cost at most, in trainings of so many steps; None if the method isn't known.

    Without `steps`, of a training that is long enough for its 3 % to be more than 25 steps.
    """
    search = spec.search
    if search is None or search.method.name not in COSTS:
        return None
    costs = {**COSTS, **FRONT_COSTS} if search.price is not None else COSTS
    return costs[search.method.name](search.method.named, LEAST_SHARE if steps is None else least_share(steps))


def epochs_between_decisions(search: Search, cells: Iterable[CellSpec]) -> int:
    """The epochs on the weights behind the decisions of `perturb`: of each edge, and of each node that drops some.

    Args:
        search: The declaration; 0 if it chooses in another way.
        cells: The cells that it searches.
    """
    how = CHOOSE.of(search.method.named)
    if not METHODS[search.method.name].supernet or how.name != "perturb":
        return 0
    cells = list(cells)
    nodes = sum(len(sources) > cell.keep for cell in cells for _, sources in cell.edges)
    return TUNING.of(how.named) * (nodes + sum(len(cell.edge_list()) for cell in cells))


def steps_of(run: Run, samples: int) -> int:
    """The optimiser's steps of a run on so many samples."""
    return run.epochs * -(-(run.epoch_samples or samples) // (run.batch * run.accumulate))


def samples_of(spec: Spec, run: Run) -> int | None:
    """The samples that a run trains on, without those that it holds out; None if only the data tell their number."""
    dataset = spec.datasets.get(run.dataset)
    known = None if dataset is None else dataset.training_samples()
    if known is None or run.validate == "data":
        return None
    share = run.validate if isinstance(run.validate, float) else 0.0
    return max(round(known * (1 - share)), 1)


def retraining_steps(spec: Spec) -> int | None:
    """The steps of a whole retraining, if the spec tells: by `epoch_samples`, or by a data set whose size is known."""
    run = spec.retrain
    if run is None:
        return None
    samples = samples_of(spec, run)
    return None if run.epoch_samples is None and samples is None else steps_of(run, samples or 1)


def trainings(cost: float) -> str:
    """A cost for people: `6.5 trainings`."""
    return f"{cost:.3g} training{'' if f'{cost:.3g}' == '1' else 's'}"
