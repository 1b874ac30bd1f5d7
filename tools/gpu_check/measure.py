"""Measures sides of a row: `python measure.py DEVICE SIZES ROW SIDES...`, a line of JSON for each. Sizes are those of `Sizes`.

It is a program of its own, because other libraries and compilers may hang, or leave a GPU that computes nothing more.
"""

import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_check import networks, times
from gpu_check.parts import ERROR, parts
from gpu_check.times import Row, Run, Sizes, Times

LEAST = "the least"
"""The side that copies the bytes and computes the convolutions alone."""
NETWORK, BANDWIDTH, TRIAL = "network", "bandwidth", "trial"
"""What there is beside the rows of neurons; the last two have one side."""
LAYOUTS = {"neurons, channels last": True, "neurons": False}
"""The rows of neurons, and whether channels are last in memory."""
LONGEST = 300.0
"""Seconds that a side may take; compilers take most of it."""


def rows(sizes: Sizes) -> dict[str, Row]:
    """The rows, in which nothing is measured yet."""
    neurons = {name: Row(times.title(sizes, last=last)) for name, last in LAYOUTS.items()}
    return {**neurons, NETWORK: Row(networks.title(sizes))}


def fill(name: str, row: Row, device: str, sizes: Sizes) -> Iterator[str]:
    """Measures a row's sides; yields what there is to say of each."""
    sides = networks.sides(device, sizes) if name == NETWORK else times.sides(device)
    for side, found in _found(device, sizes, name, [LEAST, *sides]):
        if ERROR in found:
            row.failed[side] = found[ERROR]
            yield f"{side}: {found[ERROR]}"
            continue
        if side == LEAST:
            row.least = found["seconds"]
        else:
            row.add(side, Times(**found))
        yield f"{side}: {1e3 * found['seconds']:.3f} ms"


def bandwidth(device: str, sizes: Sizes) -> float:
    """Bytes a second of a copy; 0 if it can't be measured."""
    ((_, found),) = _found(device, sizes, BANDWIDTH, [BANDWIDTH])
    return found.get("bandwidth", 0.0)


def trial(device: str, sizes: Sizes) -> str | None:
    """Why not even a small kernel runs; None if it does."""
    ((_, found),) = _found(device, sizes, TRIAL, [TRIAL])
    return found.get(ERROR)


def _found(device: str, sizes: Sizes, name: str, sides: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    command = [sys.executable, __file__, device, json.dumps(asdict(sizes)), name]
    return parts(command, sides, seconds=LONGEST)


def measured(device: str, sizes: Sizes, name: str, side: str) -> dict[str, Any]:
    """What the program prints of a side."""
    if name == BANDWIDTH:
        return {"bandwidth": times.bandwidth(device, sizes)}
    if name == TRIAL:
        return tried(device)
    if side == LEAST:
        return {"seconds": networks.least(device, sizes) if name == NETWORK else times.least(device, sizes)}
    if device == "cuda":
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    make: Any = networks.made if name == NETWORK else partial(times.made, last=LAYOUTS[name])
    run: Run = make(side, device, sizes)
    return asdict(times.timed(run, device, sizes.runs))


def tried(device: str) -> dict[str, Any]:
    """Packs spikes as bits by a kernel: Triton, its compilers and the GPU's driver work together if they are right."""
    from spikegraph.backends.torch.triton.bits import convert

    packed = torch.zeros(8, dtype=torch.uint8, device=device)
    convert("pack", torch.ones(64, device=device), packed)
    if packed.tolist() != [255] * 8:
        raise RuntimeError(f"a kernel packs 64 spikes as {packed.tolist()}")
    return {}


def main(device: str, sizes: str, name: str, *sides: str) -> None:
    """Prints what is measured of each side."""
    given = json.loads(sizes)
    for side in sides:
        print(json.dumps(measured(device, Sizes(**{**given, "neurons": tuple(given["neurons"])}), name, side)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
