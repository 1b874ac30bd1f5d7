"""What a run is to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.torch.train.batches import Samples
from spikegraph.backends.torch.train.progress import Reporter, Silent
from spikegraph.dsl.spec import Retrain, Run, Search

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

Precision = Literal["fp32", "bf16"]
Metrics = Mapping[str, float]
RunT = TypeVar("RunT", bound=Run)
BuildT = TypeVar("BuildT")


class Data(Protocol):
    """The data of a run, such as `StereoSets`."""

    @property
    def train(self) -> Samples:
        """What is learnt from."""
        ...

    @property
    def test(self) -> Samples:
        """What is measured on."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user should be told once."""
        ...

    @property
    def source(self) -> str:
        """Where the data come from, in one line."""
        ...


@dataclass(frozen=True)
class Phase(Generic[RunT, BuildT]):
    """A declared phase.

    Attributes:
        run: As declared.
        build: Makes its model, with fresh weights, on the CPU.
        data: What it learns from; None is the job's.
    """

    run: RunT
    build: BuildT
    data: Data | None = None


def no_warnings(values: dict[str, NDArray[np.float64]]) -> Sequence[str]:
    """Nothing is to be told."""
    del values
    return ()


@dataclass(frozen=True)
class Job:
    """A run.

    Attributes:
        folder: Where it is kept.
        spec_path: The spec, as it was named.
        spec_text: What is in it.
        resolved: The spec with every default, profile and import in it.
        search: The search; None where the spec has none.
        retrain: The retraining; its `build` is given the genotype's text, or None where there is none.
        decode: From the architecture parameters by name to a genotype's canonical text.
        warnings: From the architecture parameters to what the user should be told of the architecture that they mean.
        genotype: A given genotype's text, in place of a search.
        data: Training and test set.
        baselines: Metrics of simpler methods on the test set, by the method's name.
        command: The command line.
        seed: Fixes everything.
        device: Where to train, as torch names it.
        precision: That of the models' convolutions; `build` sees to it, here it is only written down.
        resume: Go on with what is in the folder.
        save_every: Seconds between two checkpoints within an epoch.
        tensorboard: Whether the numbers are written for TensorBoard too.
        reporter: What a person sees.
    """

    folder: Path
    spec_path: str
    spec_text: str
    resolved: str
    search: Phase[Search, Callable[[], Model]] | None
    retrain: Phase[Retrain, Callable[[str | None], Model]]
    decode: Callable[[dict[str, NDArray[np.float64]]], str]
    genotype: str | None
    data: Data
    baselines: Callable[[], Mapping[str, Metrics]]
    command: Sequence[str] = ()
    seed: int = 0
    device: str = "cpu"
    precision: Precision = "fp32"
    resume: bool = False
    save_every: float = 60.0
    tensorboard: bool = False
    reporter: Reporter = field(default_factory=Silent)
    warnings: Callable[[dict[str, NDArray[np.float64]]], Sequence[str]] = no_warnings
