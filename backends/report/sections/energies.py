"""Energies of an inference beside those of the quantised ANN: which of both needs less, and by layer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from spikegraph.analysis.energy import CMOS_45NM, ENERGY_MODELS, WITH_MEMORY, EnergyModel, unit_of
from spikegraph.analysis.quantised import Beside, bits, of_layers
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.repeated import Repeated
from spikegraph.backends.report.section import code
from spikegraph.base.nearest import listed
from spikegraph.charts.bars import Bars
from spikegraph.charts.format_number import with_deviation
from spikegraph.charts.markup import Html, el, join
from spikegraph.dsl.shown import counted
from spikegraph.runs.spread import Spread, spread

SHOWN = (CMOS_45NM.name, WITH_MEMORY.name)
"""The models whose charts are shown at once, without and with memory, as `stats` has them; those of the others are folded."""


ROUNDING = 1e-9
"""The largest relative difference of numbers that are one."""


@dataclass(frozen=True)
class Priced:
    """Networks whose energies are means: those of runs with the same settings, or of one run.

    Attributes:
        label: What they are called; empty if the page has one run.
        networks: Their statistics, with measured firing rates.
    """

    label: str
    networks: Sequence[Statistics]

    @cached_property
    def beside(self) -> dict[str, list[Beside]]:
        """The energies of each network beside those of its ANN, by model."""
        return {name: [Beside.of(found, model) for found in self.networks] for name, model in ENERGY_MODELS.items()}

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of their layers."""
        return names_of(self.networks[0])

    def by_layer(self, model: EnergyModel) -> tuple[list[Spread], list[Spread] | None]:
        """Millijoules of an inference by layer, of the networks and of their ANNs, which can be priced."""
        found = [of_layers(network, model) for network in self.networks]
        anns = [ann for _, ann in found if ann is not None]
        spent = [mean_of(of) for of in zip(*(spent for spent, _ in found), strict=True)]
        return spent, [mean_of(of) for of in zip(*anns, strict=True)] if len(anns) == len(found) else None

    @property
    def ann(self) -> str:
        """What their ANNs are called."""
        return ann_of(self.networks)


def ann_of(networks: Iterable[Statistics]) -> str:
    """What the ANNs of networks are called."""
    widths = sorted({bits(network.steps, network.numbers) for network in networks})
    of = counted(widths[0], "bit") if len(widths) == 1 else f"{widths[0]} to {widths[-1]} bits"
    return f"quantised ANN of {of}"


def mean_of(values: Sequence[float]) -> Spread:
    """The mean of at least one number, with a deviation if they differ by more than rounding."""
    same = max(values) - min(values) <= ROUNDING * max(values)
    return spread(values[:1] if same else values)


def names_of(found: Statistics) -> tuple[str, ...]:
    """The names of a network's layers."""
    return tuple(layer.name for layer in found.layers)


def priced(runs: Sequence[Record], found: Mapping[str, Statistics], groups: Sequence[Repeated]) -> list[Priced]:
    """The networks whose energies are drawn together: each of a run, or from three runs with the same settings on of a group.

    Groups whose runs have found networks of other layers are drawn as runs.

    Args:
        runs: The runs.
        found: The statistics of those that were measured, by label.
        groups: Runs with the same settings; empty if each run is drawn for itself.
    """
    together: list[Priced] = []
    for group in groups:
        own = [k for k in group.numbers if runs[k].label in found]
        if own:
            legend = group.legend(len(own))
            together.append(Priced(legend, [found[runs[k].label] for k in own]))
    if together and all(len({names_of(network) for network in of.networks}) == 1 for of in together):
        return together
    return [Priced(label if len(runs) > 1 else "", [network]) for label, network in found.items()]


def comparison(found: Sequence[Priced]) -> Html:
    """Which needs less, the network or its ANN, by model: in words, and as a table."""
    head = ["model", "spiking network", "quantised ANN", "equal at a firing rate of", "measured firing rate", "needs less"]
    several = len(found) > 1
    rows: list[list[Cell]] = []
    for each in found:
        of_each = [row(beside) for beside in each.beside.values()]
        rows += [[*([each.label] if several else []), *cells] for cells in of_each]
    refused = dict.fromkeys(_refusal(of[0]) for each in found for of in each.beside.values() if of[0].refused is not None)
    return join(
        *(_said(each) for each in found),
        table([*(["runs"] if several else []), *head], rows, label="energies of an inference by model"),
        el("p", *code(f"{'. '.join(refused)}."), class_="note") if refused else None,
    )


def _said(found: Priced) -> Html:
    won = [wins for of in found.beside.values() if (wins := _wins(of)) is not None]
    better = any(network for _, network in won) and not any(ann for ann, _ in won)
    label = el("b", f"{found.label}: ") if found.label else None
    return el("p", label, *code(verdict(found)), class_="verdict better" if better else "verdict")


def _refusal(found: Beside) -> str:
    what = "this network" if found.spiking is None else "the quantised ANN"
    return f"{found.model.name} can't price {what}: {found.refused}"


def _wins(found: Sequence[Beside]) -> tuple[int, int] | None:
    """In how many runs the ANN needs less, and in how many the network; None if a model can't price both."""
    saved = [each.ann_saves for each in found if each.spiking is not None and each.ann is not None]
    return (sum(s > 0 for s in saved), sum(s < 0 for s in saved)) if len(saved) == len(found) else None


def verdict(found: Priced) -> str:
    """A sentence on which needs less energy."""
    won = {model: wins for model, of in found.beside.items() if (wins := _wins(of)) is not None}
    count = len(found.networks)
    if not won:
        return "No model prices a quantised ANN beside this network."
    ann = [model for model, of in won.items() if of == (count, 0)]
    network = [model for model, of in won.items() if of == (0, count)]
    neither = [model for model, of in won.items() if of == (0, 0)]
    mixed = {model: of for model, of in won.items() if model not in (*ann, *network, *neither)}
    said = [f"by {listed(ann, last='and')} the {found.ann} needs less energy than the spiking network"] if ann else []
    said += [f"by {listed(network, last='and')} the spiking network needs less energy than the {found.ann}"] if network else []
    said += [f"by {listed(neither, last='and')} both need as much"] if neither else []
    said += [
        f"by `{m}` the {found.ann} needs less in {a} of {count} runs"
        if a
        else f"by `{m}` the spiking network needs less in {n} of {count} runs, and both as much in the others"
        for m, (a, n) in mixed.items()
    ]
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def row(found: Sequence[Beside]) -> list[Cell]:
    """The cells of a model: both energies, the rate at which they would be equal, the measured one, and which needs less."""
    spent = [each.spiking for each in found if each.spiking is not None]
    anns = [each.ann for each in found if each.ann is not None]
    rates = [each.rate for each in found if each.rate is not None]
    cells: list[Cell] = [found[0].model.name, _energy(spent, found), _energy(anns, found)]
    return [*cells, _equal(found), _percent(rates), _less(found)]


def _energy(millijoules: Sequence[float], found: Sequence[Beside]) -> str | None:
    """The mean of energies in a readable unit; None if some can't be priced."""
    if len(millijoules) < len(found):
        return None
    of = mean_of(millijoules)
    unit, factor = unit_of(of.mean)
    return f"{with_deviation(of.mean * factor, None if of.deviation is None else of.deviation * factor)} {unit}"


def _percent(shares: Sequence[float]) -> str | None:
    if not shares:
        return None
    of = mean_of([100 * share for share in shares])
    return f"{of.mean:.3g}{'' if of.deviation is None else f' ± {of.deviation:.2g}'} %"


def _equal(found: Sequence[Beside]) -> str | None:
    equal = [each.equal for each in found if each.equal is not None]
    if len(equal) < len(found):
        return None
    if not any(equal):
        return "none: the ANN always needs less"
    if all(each.reached == float("inf") for each in found):
        return "none: the network always needs less"
    return _percent(equal) if max(equal) < float("inf") else "not for all runs"


def _less(found: Sequence[Beside]) -> str | None:
    wins, count = _wins(found), len(found)
    if wins is None:
        return None
    one = {(0, 0): "neither", (0, count): "spiking network", (count, 0): "ANN"}
    return one.get(wins, f"ANN in {wins[0]} of {count} runs" if wins[0] else f"spiking network in {wins[1]} of {count} runs")


def charts(found: Sequence[Priced], model: EnergyModel) -> list[Bars]:
    """The energies of layers by a model, those of the ANN beside them; networks of other layers have charts of their own."""
    by_layers: dict[tuple[str, ...], list[Priced]] = {}
    for each in found:
        if all(beside.spiking is not None for beside in each.beside[model.name]):
            by_layers.setdefault(each.layers, []).append(each)
    of = f"energy by {model.name}"
    titles = [of if len(by_layers) == 1 else f"{of}, {', '.join(p.label for p in group)}" for group in by_layers.values()]
    return [_chart(title, group, model) for title, group in zip(titles, by_layers.values(), strict=True)]


def _chart(title: str, found: Sequence[Priced], model: EnergyModel) -> Bars:
    series: dict[str, list[Spread]] = {}
    anns: dict[str, list[Spread]] = {}
    for each in found:
        series[each.label or "spiking network"], ann = each.by_layer(model)
        if ann is not None:
            anns[f"{each.label}, {each.ann}" if each.label else each.ann] = ann
    if len(anns) == len(found) and all(ann == next(iter(anns.values())) for ann in anns.values()):
        anns = {ann_of(network for each in found for network in each.networks): next(iter(anns.values()))}
    series |= anns
    unit, factor = unit_of(max(s.mean for of in series.values() for s in of))
    layers = {
        name: {label: of[k] for label, of in series.items()}
        for k, name in enumerate(found[0].layers)
        if any(of[k].mean for of in series.values())
    }
    scaled = {name: {label: s.mean * factor for label, s in of.items()} for name, of in layers.items()}
    deviations = {name: {label: s.deviation * factor for label, s in of.items() if s.deviation} for name, of in layers.items()}
    own, note = next(iter(series.values())), None
    if len(found) == 1 and anns:
        pairs = zip(own, next(iter(anns.values())), strict=True)
        cheaper = sum(of.mean - ann.mean > ROUNDING * of.mean for of, ann in pairs)
        note = f"the ANN needs less in {cheaper} of {counted(len(layers), 'layer')}"
    of = "inference" if all(network.time for each in found for network in each.networks) else "time step"
    return Bars(title, f"{unit} per {of}", scaled, list(series), note=note, deviations=deviations)
