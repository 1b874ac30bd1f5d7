"""Runs and comparisons of runs as JSON; docs/runs.md describes the keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from spikegraph.genotype.comparison_text import consensus_text
from spikegraph.overview.comparison import Best, Comparison, Point, states
from spikegraph.overview.genotypes import Agreeing
from spikegraph.overview.listed import Listed, differing, metric_names

FORMAT_VERSION = 1


def list_data(folder: str, runs: Sequence[Listed]) -> dict[str, Any]:
    """A list of runs."""
    settings = differing(runs)
    return {
        "format_version": FORMAT_VERSION,
        "folder": folder,
        "states": states(runs),
        "settings": settings,
        "metrics": metric_names(runs),
        "runs": [run_data(run, settings) for run in runs],
    }


def run_data(listed: Listed, settings: Sequence[str]) -> dict[str, Any]:
    """A run in a list, with its values of the settings that differ."""
    run, state = listed.run, listed.state
    manifest = run.manifest
    return {
        "run": str(run.path),
        "spec": manifest.spec,
        "profile": manifest.profile,
        "seed": manifest.seed,
        "precision": manifest.precision,
        "started": manifest.started,
        "complete": run.complete,
        "resume": None if run.complete else run.resume_command,
        "metrics": run.metrics,
        "state": state.name,
        "reason": state.reason or None,
        "owner": None if state.owner is None else asdict(state.owner),
        "at": listed.at or None,
        "validation": listed.validation,
        "seconds": listed.seconds,
        "search_trainings": run.summary.search_cost,
        "front": run.summary.front,
        "device": manifest.device,
        "overrides": list(manifest.overrides),
        "settings": {name: value for name in settings if (value := listed.values.get(name)) is not None},
    }


def comparison_data(comparison: Comparison, agreements: Iterable[Agreeing]) -> dict[str, Any]:
    """A comparison of runs."""
    return {
        "format_version": FORMAT_VERSION,
        "states": comparison.states,
        "settings": list(comparison.settings),
        "metrics": list(comparison.metrics),
        "points": [_point(point) for point in comparison.points],
        "best": [_best(best) for best in comparison.best],
        "undecided": [{"spec": spec, "metric": metric} for spec, metric in comparison.undecided.items()],
        "agreements": [_agreeing(agreeing) for agreeing in agreements],
        "runs": [run_data(run, comparison.settings) for run in comparison.runs],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "spec": point.spec,
        "settings": dict(point.settings),
        "runs": [str(run.path) for run in point.runs],
        "finished": point.finished,
        "metrics": {metric: asdict(spread) for metric, spread in point.spreads.items()},
    }


def _best(best: Best) -> dict[str, Any]:
    choice = best.choice
    found = {"run": str(choice.run.path), "spec": choice.run.spec, "by": choice.by}
    return {**found, "metric": choice.metric, "value": choice.value, "of": best.of}


def _agreeing(agreeing: Agreeing) -> dict[str, Any]:
    agreement = agreeing.agreement
    return {
        "runs": [str(run.path) for run in agreeing.runs],
        "distinct": agreeing.distinct,
        "common": agreeing.common,
        "choices": agreement.choices,
        "mean_difference": agreeing.mean_difference,
        "differences": list(agreeing.differences),
        "edges": [
            {"cell": v.cell, "node": v.node, "source": v.kept.source, "operation": v.kept.operation, "runs": len(v.of)}
            for v in agreement.votes
        ],
        "levels": [{"trellis": v.trellis, "layer": v.layer, "level": v.level, "runs": len(v.of)} for v in agreement.levels],
        "consensus": consensus_text(agreement),
    }
