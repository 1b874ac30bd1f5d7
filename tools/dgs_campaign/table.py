"""The table of a campaign from its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from campaigns import Campaign

from spikegraph.searches.statistics import mean_interval

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
"""By arm, a row for each seed, in the order of the seeds."""


def table(campaign: Campaign, rows: Sequence[Row]) -> str:
    """The table as Markdown, of the seeds that all arms have; once those to judge are there, of these, with a verdict."""
    found, seeds = complete(campaign, campaign.seeds, rows)
    if done := set(campaign.judged) <= set(seeds):
        found, seeds = complete(campaign, campaign.judged, rows)
    which = "all" if campaign.enough is None else f"the first {campaign.enough}"
    cost = f"{sum(float(row['cpu_seconds']) for row in rows) / 3600:.2f} CPU hours in {len(rows)} trainings"
    lines = [f"{len(seeds)} of {len(campaign.seeds)} seeds; judged when {which} are there. {cost}."]
    if len(seeds) < 2:
        return lines[0]
    lines += ["", *_arms(campaign, found)]
    if campaign.name == "layers":
        return "\n".join([*lines, "", *_spreads(campaign, found, done=done)])
    return "\n".join([*lines, "", *_differences(campaign, found, done=done)])


def complete(campaign: Campaign, among: Sequence[int], rows: Sequence[Row]) -> tuple[Rows, list[int]]:
    """The rows by arm of the seeds `among` some that every arm has, and these seeds."""
    held: dict[tuple[str, int], Row] = {}
    for row in rows:
        held.setdefault((row["arm"], row["seed"]), row)
    seeds = [seed for seed in among if all((arm.name, seed) in held for arm in campaign.arms)]
    return {arm.name: [held[arm.name, seed] for seed in seeds] for arm in campaign.arms}, seeds


def _arms(campaign: Campaign, found: Rows) -> list[str]:
    lines = [f"| arm | {campaign.unit}, mean ± sd | mean b at the end | CPU seconds, median |", "|---|---:|---:|---:|"]
    for name, rows in found.items():
        values = _values(campaign, rows)
        ends = np.mean([b for row in rows for b in row["b"].values()])
        seconds = np.median([row["cpu_seconds"] for row in rows])
        lines.append(f"| {name} | {np.mean(values):.2f} ± {np.std(values, ddof=1):.2f} | {ends:.2f} | {seconds:.1f} |")
    return lines


def _values(campaign: Campaign, rows: Sequence[Row]) -> list[float]:
    return [float(row[campaign.metric]) for row in rows]


def _differences(campaign: Campaign, found: Rows, *, done: bool) -> list[str]:
    """DGS minus each other arm, paired by seed; the first one is the primary comparison."""
    lines = ["| DGS minus | mean | sd | 95 % interval |", "|---|---:|---:|---|"]
    *others, dgs = (arm.name for arm in campaign.arms)
    verdict = ""
    for name in others:
        differences = np.subtract(_values(campaign, found[dgs]), _values(campaign, found[name])).tolist()
        interval = mean_interval(differences)
        if interval is None:  # the same difference with every seed
            lines.append(f"| {name} | {differences[0]:+.2f} | 0 | |")
            continue
        text = f"[{interval.low:+.2f}, {interval.high:+.2f}]"
        lines.append(f"| {name} | {interval.value:+.2f} | {np.std(differences, ddof=1):.2f} | {text} |")
        if name == others[0]:
            verdict = _verdict(campaign, interval.low, interval.high)
    return [*lines, "", f"Primary comparison, with {others[0]}: {verdict}."] if done and verdict else lines


def _verdict(campaign: Campaign, low: float, high: float) -> str:
    """What the interval of the primary comparison says."""
    worst, best = (low, high) if campaign.larger else (-high, -low)
    what = "DGS is better" if worst > 0 else "DGS is worse" if best < 0 else "no evidence of a difference"
    left = "isn't excluded" if best >= campaign.sought else "is excluded"
    return f"{what}; a gain of {campaign.sought:g} {left}"


def _spreads(campaign: Campaign, found: Rows, *, done: bool) -> list[str]:
    """The standard deviations between seeds of a path and between paths, by the one-way analysis of variance.

    With n seeds, the mean square within paths is s^2, and that of the paths' means, times n, estimates s^2 + n p^2.
    """
    values = np.array([_values(campaign, rows) for rows in found.values()])
    seeds = values.shape[1]
    within, between = values.var(axis=1, ddof=1).mean(), seeds * values.mean(axis=1).var(ddof=1)
    paths = max(between - within, 0.0) / seeds
    lines = [f"Standard deviation between seeds {within**0.5:.3f}, between paths {paths**0.5:.3f}."]
    if done:
        what = "below that between seeds: stop here" if paths < within else "large enough to judge a search"
        lines.append(f"The spread between paths is {what}.")
    return lines
