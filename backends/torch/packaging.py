"""A trained network for others: its spec, its weights and a card."""

from pathlib import Path

from spikegraph.backends.torch.card import card
from spikegraph.backends.torch.train.checkpoint import read_weights, weights_content
from spikegraph.backends.torch.train.used_plugins import used_plugins
from spikegraph.base.version import __version__
from spikegraph.program.kept import kept
from spikegraph.runs.model_folder import CARD, WEIGHTS, ModelRecord, write_model

ABOUT = f"A spiking network, written by spikegraph {__version__}."

USE = ("import spikegraph", "", 'model = spikegraph.load("FOLDER")  # this folder')


def package_of(place: Path, folder: Path, licence: str | None = None) -> Path:
    """Writes the package of a run or of a model's folder; its card has the licence, if one is given.

    Raises:
        ArgumentError: It is a deployed file.
        UserError: It can't be read, or has no trained network; or the folder has something else.
    """
    found = kept(place)
    found.require_separate()
    if found.run is not None:
        found.run.check_trained()
    program, (tensors, temperatures) = found.program.checked("retrain"), read_weights(found.weights)
    built = program.build("retrain")
    network, plugins = built.space.name, used_plugins(program, (built.graph,), found.loaded_plugins)
    metrics = {} if found.run is None else dict(found.run.metrics)
    about = found.precision, found.seed, found.classes, None, plugins, metrics
    record = ModelRecord(f"{network}.sdhs", __version__, *about, stepwise=found.stepwise)
    files = {
        WEIGHTS: weights_content(tensors, temperatures),
        record.spec: program.text.encode(),
        CARD: card(found, network, ABOUT, {"Use it": USE}, licence).encode(),
    }
    write_model(folder, record, files)
    return folder
