"""The rows of the paper's tables that specs of this repository train (Che et al., NeurIPS 2022)."""

from collections.abc import Mapping
from dataclasses import dataclass

NO_DGS = "retrain.dgs.every=1000000"
"""More epochs than a training has: no search of surrogates."""

ACCURACY = {"accuracy_percent": "accuracy, %"}
DEPTH = {
    "mean_depth_error_cm": "mean depth error, cm",
    "median_depth_error_cm": "median depth error, cm",
    "mean_disparity_error_px": "mean disparity error, px",
    "one_pixel_accuracy_percent": "one-pixel accuracy, %",
}


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        name: As in the paper; D is training with surrogate search, MM mixing at the membrane potential.
        spec: The spec.
        data: The folder of the data, below the one that is given.
        paper: What the paper has, by metric.
        changes: What differs from the spec, `path=value` each.
        genotype: A genotype; None where the spec has one, or searches.
        searched: The row whose search finds the genotype.
    """

    name: str
    spec: str
    data: str
    paper: Mapping[str, str]
    changes: tuple[str, ...] = ()
    genotype: str | None = None
    searched: str | None = None

    @property
    def folder(self) -> str:
        """The name of its run's folder."""
        return "".join(c if c.isalnum() else "-" for c in self.name.lower()).strip("-")


def _classes(name: str, spec: str, accuracy: str, *, dgs: bool, searched: str | None = None) -> Row:
    data = spec.removesuffix("-n4")
    changes = () if dgs else (NO_DGS,)
    return Row(name, f"specs/{spec}.sdhs", data, {"accuracy_percent": accuracy}, changes, searched=searched)


def _stereo(name: str, split: int, mix: str, paper: tuple[str, str, str, str], *, dgs: bool) -> Row:
    changes = (f"mvsec.split={split}", f"retrain.mix={mix}", *(() if dgs else (NO_DGS,)))
    metrics = dict(zip(DEPTH, paper, strict=True))
    return Row(f"{name}, split {split}", "specs/stereo.sdhs", "mvsec", metrics, changes, "specs/genotypes/stereo.sdhs")


N4 = _classes("CIFAR10, n4", "cifar10-n4", "94.34 ± 0.06", dgs=False)
N3 = _classes("CIFAR10, n3", "cifar10", "95.35 ± 0.05", dgs=False)

TABLES: Mapping[str, tuple[Row, ...]] = {
    "table1": (
        N4,
        N3,
        _classes("CIFAR10, n4s1 D", "cifar10-n4", "94.68 ± 0.05", dgs=True, searched=N4.name),
        _classes("CIFAR10, n3c5 D", "cifar10", "95.50 ± 0.03", dgs=True, searched=N3.name),
        _classes("CIFAR100, n3", "cifar100", "76.15 ± 0.20", dgs=False),
        _classes("CIFAR100, n3s1 D", "cifar100", "76.25 ± 0.10", dgs=True),
        _classes("ImageNet", "imagenet", "67.96", dgs=False),
        _classes("ImageNet D", "imagenet", "68.64", dgs=True),
    ),
    "table4": (N4,),
    "table8": (
        _stereo("SpikeDHS", 1, "spike", ("16.5", "6.5", "0.57", "90.1"), dgs=False),
        _stereo("SpikeDHS", 3, "spike", ("19.4", "10.6", "0.73", "88.5"), dgs=False),
        _stereo("SpikeDHS D", 1, "spike", ("15.9", "6.3", "0.54", "90.7"), dgs=True),
        _stereo("SpikeDHS D", 3, "spike", ("19.1", "10.4", "0.72", "88.9"), dgs=True),
        Row(
            "DDES-SNN, split 1",
            "specs/zoo/ddes_snn.sdhs",
            "mvsec",
            dict(zip(DEPTH, ("53.4", "37.8", "2.08", "37.1"), strict=True)),
        ),
        _stereo("SpikeDHS (MM)", 1, "membrane", ("15.7", "6.3", "0.55", "91.0"), dgs=False),
        _stereo("SpikeDHS D (MM)", 1, "membrane", ("15.4", "6.0", "0.54", "91.3"), dgs=True),
    ),
}
"""The rows by table, each after the row whose search it uses."""


def row_of(name: str) -> Row:
    """The row of a name, whatever its table."""
    return next(row for rows in TABLES.values() for row in rows if row.name == name)


METRICS = ACCURACY | DEPTH

SIZES_4 = (
    *(("stem", "108 x 32 x 32"), ("cells[0]", "144 x 32 x 32"), ("cells[1]", "144 x 32 x 32"), ("cells[2]", "288 x 16 x 16")),
    *(("cells[3]", "288 x 16 x 16"), ("cells[4]", "288 x 16 x 16"), ("cells[5]", "576 x 8 x 8"), ("cells[6]", "576 x 8 x 8")),
    ("cells[7]", "576 x 8 x 8"),
)
"""Table 4: the feature maps of the network with four nodes in a cell."""
