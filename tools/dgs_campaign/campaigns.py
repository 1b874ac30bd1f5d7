"""The campaigns: what is trained, from which seeds, and what is compared. Written down before the first judged training."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from spikegraph.program.program import Program
from spikegraph.searches.networks import space_of

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
NEVER = "retrain.dgs.every=1000000"
"""No rounds. The neurons remain instrumented, so that the steps are those of the arms with rounds."""
NINE = "cells[1], cells[2], cells[3]"
"""The places of the stereo table in docs/dgs.md."""


@dataclass(frozen=True)
class Arm:
    """What is trained from every seed.

    Attributes:
        name: Its name in rows and tables.
        overrides: What differs from the campaign's spec, as `--set`.
        random: A random candidate takes the place of alpha's choice.
        genotype: The text of the genotype; empty for the campaign's.
    """

    name: str
    overrides: tuple[str, ...] = ()
    random: bool = False
    genotype: str = ""


@dataclass(frozen=True)
class Campaign:
    """A comparison of arms that are trained from the same seeds.

    Attributes:
        name: Its name.
        spec: The spec.
        genotype: The genotype file; None where the spec has one.
        profile: The profile.
        overrides: What differs from the spec in all arms.
        metric: The metric of the test set that is judged.
        unit: Its name and unit in tables.
        sought: The difference that the number of seeds is made for.
        larger: Whether a larger metric is better.
        arms: The arms; DGS is compared with all before it, the first of them being the primary comparison.
        seeds: The seeds.
        places: Places of `dgs at` instead of the spec's.
        enough: How many of the first seeds are judged; None for all.
    """

    name: str
    spec: Path
    genotype: Path | None
    profile: str | None
    overrides: tuple[str, ...]
    metric: str
    unit: str
    sought: float
    larger: bool
    arms: tuple[Arm, ...]
    seeds: range
    places: str = ""
    enough: int | None = None
    _programs: dict[str, Program] = field(default_factory=dict[str, Program], repr=False, compare=False)

    @property
    def judged(self) -> range:
        """The seeds that the verdict is about."""
        return self.seeds[: self.enough]

    def program(self, arm: Arm) -> Program:
        """The program of an arm, read once."""
        if arm.name not in self._programs:
            overrides = (*self.overrides, *arm.overrides)
            read = Program.read(
                self.spec, genotype=self.genotype, profile=self.profile, overrides=overrides, texts=self._texts()
            )
            self._programs[arm.name] = (read.bind(arm.genotype) if arm.genotype else read).checked()
        return self._programs[arm.name]

    def _texts(self) -> Mapping[Path, str]:
        if not self.places:
            return {}
        before, found, after = self.spec.read_text(encoding="utf-8").partition("dgs at features.stem0 {")
        assert found, f"{self.spec} has another place of `dgs at`"
        return {self.spec.resolve(): f"{before}dgs at {self.places} {{{after}"}


def five_arms(epochs: int) -> tuple[Arm, ...]:
    """The arms; `epochs` are those of the third, 1.4 times the spec's."""
    return (
        Arm("fixed b = 3, 1.4 times the steps", (NEVER, f"retrain.epochs={epochs}")),
        Arm("fixed b = 3", (NEVER,)),
        Arm("fixed b = 2", (NEVER, "lif.surrogate=dspike(b = 2)")),
        Arm("random candidate", random=True),
        Arm("DGS"),
    )


STEREO = (
    "retrain.epochs=20",
    "retrain.epoch_samples=30",
    "retrain.dgs.every=1",
    "retrain.dgs.iterations=8",
    "retrain.weights=adam(lr = 0.002)",
    "stereo.planes=16",
    "stereo.step=2",
    "mvsec.steps=3",
    "mvsec.burn_in=2",
    "mvsec.augment=[random_crop([96, 132])]",
)
"""The setting of the stereo table in docs/dgs.md."""


def classification() -> Campaign:
    """Five arms on images."""
    spec = HERE / "specs" / "classification.sdhs"
    arms, seeds = five_arms(epochs=7), range(3000, 3048)
    return Campaign("classification", spec, None, None, (), "accuracy_percent", "accuracy, %", 1.0, True, arms, seeds)


def stereo() -> Campaign:
    """Five arms on the built-in recording."""
    metric, unit = "mean_disparity_error_px", "mean disparity error, px"
    spec, genotype = SPECS / "stereo.sdhs", SPECS / "genotypes" / "stereo.sdhs"
    arms, seeds = five_arms(epochs=28), range(4000, 4024)
    return Campaign("stereo", spec, genotype, "sample", STEREO, metric, unit, 0.1, False, arms, seeds, NINE, enough=12)


PATHS, PATH_SEED = 20, 0x9A7
"""How many paths are drawn, and the seed of the draw."""


def layers() -> Campaign:
    """Random paths of both trellises with the published cells, each different, without a search of surrogates."""
    metric, unit = "mean_disparity_error_px", "mean disparity error, px"
    spec, genotype = SPECS / "stereo.sdhs", SPECS / "genotypes" / "stereo.sdhs"
    overrides = (*STEREO, NEVER, "feature_path.levels=4")  # with two levels there are 12 paths
    paths = space_of(Program.read(spec, profile="sample", overrides=overrides)).paths
    cells = genotype.read_text(encoding="utf-8").partition("path ")[0]
    random, drawn = np.random.default_rng(PATH_SEED), dict[str, str]()
    while len(drawn) < PATHS:
        levels = {path.name: list(path.draw(random)) for path in paths}
        name = ", ".join(str(each) for each in levels.values())
        drawn[name] = cells + "".join(f"path {trellis} = {each}\n" for trellis, each in levels.items())
    arms = tuple(Arm(name, genotype=text) for name, text in drawn.items())
    return Campaign("layers", spec, genotype, "sample", overrides, metric, unit, 0.0, False, arms, range(5000, 5002))


CAMPAIGNS = {make.__name__: cache(make) for make in (classification, stereo, layers)}
"""The campaigns by name, each read when it is asked for."""
