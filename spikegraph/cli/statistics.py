"""Parameters, operations and energy of a network, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spikegraph.cli.emit import shape_text
from spikegraph.cli.tables import table

if TYPE_CHECKING:
    from spikegraph.analysis.energy import Energy
    from spikegraph.analysis.layers import Layer
    from spikegraph.phases import Built

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Statistics:
    """What `spikegraph stats` says of a network; operations and energy are those of one time step of one sample.

    Attributes:
        phase: The executable form.
        layers: A row for each layer of the spec's network, and for each cell.
        roles: Trainable numbers by role.
        energy: What each layer costs (section 5 of the paper).
        measured: Whether the energy is that of measured firing rates; else every input counts as a spike.
    """

    phase: str
    layers: "tuple[Layer, ...]"
    roles: Mapping[str, int]
    energy: "tuple[Energy, ...]"
    measured: bool

    @classmethod
    def of(cls, built: "Built", rates: Mapping[str, float] | None) -> "Statistics":
        """The statistics of a built spec; `rates` are firing rates by node, None where they weren't measured."""
        from spikegraph.analysis.energy import energy, spiking_inputs  # noqa: PLC0415 (slow to import)
        from spikegraph.analysis.layers import layers, roles  # noqa: PLC0415
        from spikegraph.analysis.served import served  # noqa: PLC0415

        outline, graph = served(built.outline), served(built.graph)
        known = rates if rates is not None and spiking_inputs(graph) <= rates.keys() else None
        costs = energy(outline, graph, known)
        return cls(built.phase, tuple(layers(outline, graph)), roles(graph), tuple(costs), known is not None)

    @property
    def parameters(self) -> int:
        """Trainable numbers in all."""
        return sum(self.roles.values())

    def as_object(self, spec: str) -> dict[str, Any]:
        """For programs; `spec` is how the user named it."""
        from spikegraph.analysis.energy import ADDITION_PJ, MULTIPLY_ACCUMULATE_PJ, total_millijoules  # noqa: PLC0415

        return {
            "format_version": FORMAT_VERSION,
            "spec": spec,
            "phase": self.phase,
            "parameters": self.parameters,
            "parameters_by_role": dict(self.roles),
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
                for layer in self.layers
            ],
            "energy": {
                "firing_rates": self._rates_word(),
                "millijoules": total_millijoules(self.energy),
                "addition_picojoules": ADDITION_PJ,
                "multiply_accumulate_picojoules": MULTIPLY_ACCUMULATE_PJ,
                "layers": [
                    {
                        "name": cost.layer,
                        "firing_rate": cost.rate,
                        "additions": cost.additions,
                        "multiplications": cost.multiplications,
                        "millijoules": cost.millijoules,
                    }
                    for cost in self.energy
                ],
            },
        }

    def page(self) -> str:
        """For people: a table, then the totals."""
        from spikegraph.analysis.energy import total_millijoules  # noqa: PLC0415 (slow to import)

        costs = {cost.layer: cost for cost in self.energy}
        head = ("name", "op", "kind", "shape", "parameters", "additions", "multiplications", "mJ")
        rows = [
            (
                layer.name,
                layer.op,
                str(layer.value.kind),
                shape_text(layer.value),
                f"{layer.parameters:,}",
                f"{layer.additions:,}",
                f"{layer.multiplications:,}",
                f"{costs[layer.name].millijoules:.3f}" if layer.name in costs else "0.000",
            )
            for layer in self.layers
        ]
        roles = ", ".join(f"{role} {count:,}" for role, count in self.roles.items())
        how = "at the measured firing rates" if self.measured else "at most: every input counts as a spike"
        lines = [
            table([head, *rows], right=(4, 5, 6, 7)),
            f"phase {self.phase}: {self.parameters:,} parameters ({roles})",
            f"energy: {total_millijoules(self.energy):.3f} mJ for one time step, {how}",
        ]
        return "\n".join(lines) + "\n"

    def _rates_word(self) -> str:
        return "measured" if self.measured else "bound"
