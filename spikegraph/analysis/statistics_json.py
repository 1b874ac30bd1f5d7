"""Statistics and energies of a network as JSON."""

from collections.abc import Sequence
from typing import Any

from spikegraph.analysis.energy import CMOS_45NM
from spikegraph.analysis.quantised import Beside
from spikegraph.analysis.statistics import Statistics
from spikegraph.passes.phase_pipelines import Phase

FORMAT_VERSION = 1


def as_object(found: Statistics, spec: str, phase: Phase, energies: Sequence[Beside]) -> dict[str, Any]:
    """The statistics as JSON data; `spec` is what the spec is called, `energies` are by models beside the first.

    `time_steps` is null where neither the network nor its data tell it; energies of an inference are then those of one step.
    """
    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "phase": phase,
        "parameters": found.parameters,
        "parameters_by_role": dict(found.roles),
        "layers": [
            {
                "name": layer.name,
                "op": layer.op,
                "kind": str(layer.value.kind),
                "shape": list(layer.value.shape),
                "parameters": layer.parameters,
                "additions": layer.additions,
                "multiplications": layer.multiplications,
            }
            for layer in found.layers
        ],
        "energy": {
            "firing_rates": "measured" if found.measured else "bound",
            "millijoules": found.millijoules,
            "time_steps": found.time,
            "inference_millijoules": found.inference_millijoules,
            "exact": found.exact,
            "synaptic_operations": found.synaptic_operations,
            **({"unmeasured_inputs": list(found.unmeasured)} if found.unmeasured else {}),
            **({"unpriced": list(found.unpriced)} if found.unpriced else {}),
            **({} if found.model.name == CMOS_45NM.name else {"model": found.model.name}),
            **{f"{name}_picojoules": value for name, value in found.model.picojoules.items()},
            **as_objects(energies),
            "layers": [
                {
                    "name": layer.name,
                    "firing_rate": layer.rate,
                    "additions": layer.fired,
                    "multiplications": layer.multiplications,
                    "synaptic_operations": layer.synaptic_operations,
                    "millijoules": layer.millijoules,
                }
                for layer in found.layers
            ],
        },
    }


def as_objects(found: Sequence[Beside]) -> dict[str, dict[str, Any]]:
    """The energies as JSON, by the models' names; what couldn't be priced is left out, with the reason.

    `equal_firing_rate` is null where the spiking network needs less at every firing rate, or both need as much at each.
    """
    objects: dict[str, dict[str, Any]] = {}
    for each in found:
        equal = each.reached if each.reached != float("inf") else None
        ann = {} if each.ann is None else {"ann_inference_millijoules": each.ann, "equal_firing_rate": equal}
        spiking = {} if each.spiking is None else {"inference_millijoules": each.spiking}
        refused = {} if each.refused is None else {"refused": each.refused}
        objects[each.model.name] = {**spiking, **ann, **refused}
    return objects


def statistics_object(found: Statistics, energies: Sequence[Beside]) -> dict[str, Any]:
    """Synaptic operations and energies of an inference as JSON."""
    return {
        "firing_rates": "measured" if found.measured else "bound",
        "time_steps": found.time,
        "exact": found.exact,
        "synaptic_operations": found.synaptic_operations,
        **as_objects(energies),
        "layers": [{"name": layer.name, "synaptic_operations": layer.synaptic_operations} for layer in found.layers],
    }
