"""Published data sets with a folder for each class: N-MNIST, N-Caltech101, N-CARS and CIFAR10-DVS.

Sources: https://www.garrickorchard.com/datasets/n-mnist and .../n-caltech101 (Orchard et al., Front. Neurosci. 2015); Sironi et
al., CVPR 2018, for N-CARS; Li et al., Front. Neurosci. 2017, for CIFAR10-DVS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.events.address_events import AedatFile, BinFile
from spikegraph.data.events.blocks import EventFile
from spikegraph.data.events.prophesee import DatFile
from spikegraph.data.events.published import Findings, Part, folder_with, part_of, to_unpack
from spikegraph.data.image_folder import files_below
from spikegraph.data.own_files import part_by_class


@dataclass(frozen=True)
class ClassFolders:
    """A data set with a folder for each class.

    Attributes:
        layout: Where its files are, for messages.
        sensor: Height and width of the sensor in pixels.
        classes: The names of the classes and of their folders.
        pattern: What the names of the recordings look like; other files don't count.
        open: Makes the reader of a recording.
        parts: Names of the folders of training and test set, one pair for each way of unpacking; none if it isn't parted.
        published: As `PublishedSet`.
    """

    layout: str
    sensor: tuple[int, int]
    classes: tuple[str, ...]
    pattern: str
    open: Callable[[Path], EventFile]
    parts: tuple[tuple[str, str], ...] = ()
    published: tuple[int, int] | int | None = None

    def root(self, folder: Path) -> Path | None:
        """As `PublishedSet`."""
        if not self.parts:
            at = folder_with(folder, self.classes, all_of=False)
            return at if at is not None and any(self._files(at / name) for name in self.classes) else None
        for names in self.parts:
            at = folder_with(folder, names, all_of=False)
            places = [] if at is None else [folder_with(at / n, self.classes, all_of=False) for n in names if (at / n).is_dir()]
            if any(self._files(place / name) for place in places if place is not None for name in self.classes):
                return at
        return None

    def listed(self, root: Path, test: float, seed: int, found: Findings) -> tuple[Part, Part]:
        """As `PublishedSet`."""
        if not self.parts:
            held = self._by_class(root, found)
            try:
                train, tested = part_by_class(root, held, test, seed)
            except DataError as error:
                found.problems.append(error)
                train, tested = held, dict[str, list[str]]()
            return self._part(train), self._part(tested)
        names = next(pair for pair in self.parts if any((root / name).is_dir() for name in pair))
        train, tested = (self._part(self._of_part(root, name, found)) for name in names)
        return train, tested

    def _part(self, held: Mapping[str, list[str]]) -> Part:
        return part_of((self.open(Path(path)), k) for k, name in enumerate(self.classes) for path in held.get(name, []))

    def _of_part(self, root: Path, name: str, found: Findings) -> dict[str, list[str]]:
        if not (root / name).is_dir():
            found.problems.append(DataError(f"there is no folder `{name}`", root, to_unpack(root, name) or self.layout))
            return {}
        place = folder_with(root / name, self.classes, all_of=False)
        if place is None:
            found.problems.append(DataError("it has no folders of classes", root / name, self.layout))
            return {}
        return self._by_class(place, found)

    def _by_class(self, place: Path, found: Findings) -> dict[str, list[str]]:
        """The recordings of each class that has any."""
        held: dict[str, list[str]] = {}
        for name in self.classes:
            at = place / name
            try:
                files = self._files(at)
            except DataError as error:
                found.problems.append(error)
                continue
            if files:
                held[name] = files
            elif at.is_dir():
                found.problems.append(DataError(f"it has no recording `{self.pattern}`", at, self.layout))
            else:
                help = to_unpack(place, name) or self.layout
                found.problems.append(DataError(f"the folder of the class `{name}` is missing", at, help))
        return held

    def _files(self, folder: Path) -> list[str]:
        """The recordings in a folder and its subfolders, in order; none if there is no such folder."""
        return [path for path in files_below(folder) if self.has(Path(path).name)] if folder.is_dir() else []

    def has(self, name: str) -> bool:
        """Whether a recording of the data set may have this name."""
        return fnmatchcase(name, self.pattern) and not name.startswith(".")


N_MNIST = ClassFolders(
    "N-MNIST is in Train/0/ to Train/9/ and Test/0/ to Test/9/, from Train.zip and Test.zip",
    (34, 34),
    tuple("0123456789"),
    "*.bin",
    BinFile,
    (("Train", "Test"),),
    (60_000, 10_000),
)

N_CARS = ClassFolders(
    "N-CARS is in n-cars_train/ and n-cars_test/, each with cars/ and background/, from the archives n-cars_train.zip and "
    "n-cars_test.zip in Prophesee_Dataset_n_cars.zip",
    (100, 120),
    ("background", "cars"),
    "*_td.dat",
    DatFile,
    (("n-cars_train", "n-cars_test"), ("train", "test")),
    (15_422, 8_607),
)

CIFAR10_DVS = ClassFolders(
    "CIFAR10-DVS is in a folder for each class, airplane/cifar10_airplane_0.aedat and so on, from airplane.zip to truck.zip",
    (128, 128),
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "cifar10_*.aedat",
    partial(AedatFile, swapped=True),
    published=10_000,
)

_CALTECH = """
    BACKGROUND_Google Faces_easy Leopards Motorbikes accordion airplanes anchor ant barrel bass beaver binocular bonsai brain
    brontosaurus buddha butterfly camera cannon car_side ceiling_fan cellphone chair chandelier cougar_body cougar_face crab
    crayfish crocodile crocodile_head cup dalmatian dollar_bill dolphin dragonfly electric_guitar elephant emu euphonium ewer
    ferry flamingo flamingo_head garfield gerenuk gramophone grand_piano hawksbill headphone hedgehog helicopter ibis
    inline_skate joshua_tree kangaroo ketch lamp laptop llama lobster lotus mandolin mayfly menorah metronome minaret nautilus
    octopus okapi pagoda panda pigeon pizza platypus pyramid revolver rhino rooster saxophone schooner scissors scorpion
    sea_horse snoopy soccer_ball stapler starfish stegosaurus stop_sign strawberry sunflower tick trilobite umbrella watch
    water_lilly wheelchair wild_cat windsor_chair wrench yin_yang
"""
CALTECH_CLASSES = tuple(_CALTECH.split())
"""Caltech101's, without `Faces`: 100 objects and the background, as published."""

N_CALTECH101 = ClassFolders(
    "N-Caltech101 is in Caltech101/, a folder for each class, accordion/image_0001.bin and so on, from Caltech101.zip",
    (180, 240),
    CALTECH_CLASSES,
    "image_*.bin",
    BinFile,
)
