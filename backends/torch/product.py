"""What a model in Python does beside running: what the commands do with a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikegraph.plugins.later import later

if TYPE_CHECKING:
    from spikegraph.analysis.certificate import Certificate
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.backends.graphviz.drawing import Drawing
    from spikegraph.backends.graphviz.render import Level
    from spikegraph.backends.torch.origin import Origin
    from spikegraph.data.given import Pairs
    from spikegraph.plugins.exports import Exported


class Product:
    """What a model has that isn't a module's; each method is the function of its name in `spikegraph`.

    Attributes:
        classes: Of a trained network, the names of its data's classes in order; empty without classes.
        stepwise: Of a trained network, whether single time steps of its data have targets; None if it isn't known.
        origin: Where it is from; None of a model that was lowered from a graph.
    """

    classes: tuple[str, ...] = ()
    stepwise: bool | None = None
    origin: Origin | None = None

    def save(self, folder: str | Path) -> Path:
        """Writes spec and weights into a folder, which all commands and functions read as they read a run.

        Args:
            folder: A new or empty folder, or one with a model, which is replaced.

        Returns:
            The folder: `NAME.sdhs`, `weights.safetensors` and `model.json`.

        Raises:
            ArgumentError: It is a supernet; or its norms are folded, and the weights before folding aren't known or changed.
            DataError: The folder has something else.
        """
        return later("spikegraph.backends.torch.saving:save")(self, Path(folder))

    def evaluate(
        self, dataset: Pairs | None = None, *, data: str | Path | None = None, stream: bool = False
    ) -> dict[str, float]:
        """The metrics of the model as it is, on its device, such as `accuracy_percent`.

        Args:
            dataset: Pairs of a value and its target, as of `spikegraph.fit`; by default the test set of the spec's `retrain`.
            data: The folder of the spec's data; by default that of its training.
            stream: Feed one time step at a time.

        Returns:
            The metrics by name, with their units.

        Raises:
            DataError: A sample has another form, or the data are missing or damaged.
            UntrainableError: The spec has no `retrain`, and no data set is given.
        """
        return later("spikegraph.api.using:evaluate")(self, dataset, data=data, stream=stream)

    def predict(self, samples: str | Path | Sequence[Any]) -> list[dict[str, Any]]:
        """What samples without labels show.

        Args:
            samples: Files as the spec's data set has them, one or several; or an array or tensor of samples before `augment`,
            [N, C, H, W], or
                [N, T, C, H, W] with time steps, floating-point numbers, or uint8 (which are divided by 255).

        Returns:
            For each sample its name as `file`, and what the task says: a class by its name with its probability, numbers, or a
            map [H, W] or [K, H, W] as `map`.

        Raises:
            DataError: A file can't be read, or isn't what the network takes.
        """
        return later("spikegraph.api.using:predict")(self, samples)

    def export(self, file: str | Path, *, to: str, **options: Any) -> Exported:
        """Writes the deployed network for other programs, as `spikegraph export` does.

        Args:
            file: The file.
            to: The format: `nir`, `onnx`, `torch` or `safetensors`, or that of a plug-in.
            options: Those of the format, such as `dt=1e-3` of NIR, the length of a time step in seconds.

        Returns:
            `.written`, the files, and `.notes` on them.

        Raises:
            SpecError: The format can't express an operation, which is named with its line; nothing is written.
            ArgumentError: There is no such format or option; or as `save`.
        """
        return later("spikegraph.api.using:export")(self, file, to=to, **options)

    def package(self, folder: str | Path, *, licence: str | None = None) -> Path:
        """As `save`, with a card: what it is, its data, metrics, energy, certificate and licence."""
        return later("spikegraph.api.using:package")(self, folder, licence=licence)

    def stats(self, *, energy: str = "cmos-45nm", rates: Mapping[str, float] | None = None) -> Statistics:
        """Parameters, operations and energy of each layer, and of an inference.

        Args:
            energy: The energy model.
            rates: Spikes per neuron and time step, by node; without them the energy is an upper bound.

        Raises:
            ArgumentError: There is no such energy model.
        """
        return later("spikegraph.api.describing:stats")(self, energy=energy, rates=rates)

    def certificate(self) -> Certificate:
        """What the layers of the deployed network take: spikes and counts, or where not and why; as `spikegraph.certify`."""
        return later("spikegraph.api.functions:certify")(self)

    def render(self, file: str | Path | None = None, *, level: Level | None = None, **options: Any) -> Drawing:
        """A diagram of the network, as `spikegraph.render`, which shows itself in a notebook."""
        return later("spikegraph.api.describing:render")(self, file, level=level, **options)
