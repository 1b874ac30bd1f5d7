"""`rasters.npz`: spikes and membrane potentials of some neurons of each layer while the trained network sees one sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as record

from spikegraph.runs.array_file import LARGEST, read_archive, reading, write_archive
from spikegraph.runs.json_file import STRICT, Count, Real, check_version, read_bytes

NAME = "rasters.npz"
FORMAT_VERSION = 1
META = "meta"
"""The array that holds names and versions, as JSON."""
RESTORE = "delete it; `spikegraph evaluate RUN --examples` writes one again"


@dataclass(frozen=True)
class LayerRaster:
    """Some neurons of a layer, T time steps long.

    Attributes:
        name: The name of its neurons.
        neurons: How many the layer has.
        threshold: Their threshold; None if it is learned, or changes from step to step.
        units: The neurons whose spikes are kept, by their number in the flattened layer, int64 [U].
        spikes: Their spikes, uint8 [T, U]; neurons with several levels have more than one, and those
            of -1 count as others.
        chosen: Those of them whose potentials are kept, by their place in `units`, int64 [M]; M is 0 for models without any.
        potentials: Their membrane potentials before the reset, dimensionless, float32 [T, M].
    """

    name: str
    neurons: int
    threshold: float | None
    units: NDArray[np.int64]
    spikes: NDArray[np.uint8]
    chosen: NDArray[np.int64]
    potentials: NDArray[np.float32]


@dataclass(frozen=True)
class Rasters:
    """What a run keeps of one sample.

    Attributes:
        sample: What the sample is called.
        layers: The layers, in the network's order.
        events: The sign of an input at each time step, int8 [T, H, W], by the input's name; empty if none has such steps.
    """

    sample: str
    layers: tuple[LayerRaster, ...]
    events: Mapping[str, NDArray[np.int8]]


@record(frozen=True, config=STRICT)
class _Layer:
    name: str
    neurons: Count
    threshold: Real | None


@record(frozen=True, config=STRICT)
class _Meta:
    """Names and versions, as JSON in the file."""

    format_version: int
    sample: str
    layers: tuple[_Layer, ...]
    inputs: tuple[str, ...]


_META = TypeAdapter(_Meta)


def write_rasters(path: Path, rasters: Rasters) -> None:
    """Writes the file; after an error, no partial file is left.

    Raises:
        OSError: The file can't be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for k, layer in enumerate(rasters.layers):
        own = {"units": layer.units, "spikes": layer.spikes, "chosen": layer.chosen, "potentials": layer.potentials}
        arrays |= {f"layer{k}.{name}": array for name, array in own.items()}
    arrays |= {f"input{k}": frames for k, frames in enumerate(rasters.events.values())}
    layers = [{"name": of.name, "neurons": of.neurons, "threshold": of.threshold} for of in rasters.layers]
    meta = {"format_version": FORMAT_VERSION, "sample": rasters.sample, "layers": layers, "inputs": list(rasters.events)}
    write_archive(path, arrays, META, meta)


def read_rasters(path: Path) -> Rasters | None:
    """The rasters of a run; None if there is no such file, as in runs of older versions.

    Raises:
        RunFolderError: The file can't be read, or has another format version.
    """
    if not path.exists():
        return None
    with reading(path, RESTORE):
        arrays = read_archive(read_bytes(path, RESTORE, LARGEST))
        meta = _META.validate_json(str(arrays[META]))
        check_version(path, meta.format_version, FORMAT_VERSION)
        layers = tuple(_layer(arrays, f"layer{k}", of) for k, of in enumerate(meta.layers))
        events = {name: _array(arrays, f"input{k}", np.int8, 3) for k, name in enumerate(meta.inputs)}
        return Rasters(meta.sample, layers, events)


def _layer(arrays: Mapping[str, NDArray[Any]], at: str, of: _Layer) -> LayerRaster:
    units, chosen = (_array(arrays, f"{at}.{part}", np.int64, 1) for part in ("units", "chosen"))
    spikes, potentials = _array(arrays, f"{at}.spikes", np.uint8, 2), _array(arrays, f"{at}.potentials", np.float32, 2)
    fits = spikes.shape[1] == len(units) and potentials.shape == (len(spikes), len(chosen))
    if not fits or not spikes.size or not ((chosen >= 0) & (chosen < len(units))).all():
        raise ValueError(f"the arrays of {at} don't fit each other")
    return LayerRaster(of.name, of.neurons, of.threshold, units, spikes, chosen, potentials)


def _array(arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic], axes: int) -> NDArray[Any]:
    found = arrays[name]
    if found.dtype != kind or found.ndim != axes:
        raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, which isn't what spikegraph writes")
    return found
