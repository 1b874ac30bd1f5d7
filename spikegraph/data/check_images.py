"""Checks folders of images in the layouts that specs can read: CIFAR's, MNIST's, and a folder for each class."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from spikegraph.data import mnist
from spikegraph.data.cifar import LAYOUTS, SIDE, Layout, class_names, read_batch
from spikegraph.data.image_file import SUFFIXES, image_size
from spikegraph.data.image_folder import IMAGES, PARTS, files_below, folder_of, is_image
from spikegraph.data.image_report import ImageReport, PartReport, Size, class_reports
from spikegraph.data.own_files import LIST, TEST, read_for_training
from spikegraph.data.problems import Checks, OnProgress
from spikegraph.data.written_folders import files_in_folders, folders_of_data
from spikegraph.dsl.schema.augmentations import Shape, reshaped
from spikegraph.dsl.schema.class_datasets import OwnImages
from spikegraph.dsl.schema.dataset import Dataset

EXPECTED = (
    "no images: specs read cifar-10-batches-py, cifar-100-python, MNIST/raw, FashionMNIST/raw, and folders of images in "
    "CLASS, or in train/CLASS and val/CLASS"
)


MOST_TOLD = 5
"""How many names of files a note lists."""

ONE_SIZE = "`augment = [resize(72), random_crop([64, 64])]`, or other steps that give all images one size"


def check_images(
    folder: Path, on_progress: OnProgress | None = None, dataset: Dataset | None = None, *, folders: bool = True
) -> list[ImageReport]:
    """Reads every image of all image data sets in a folder; empty if there is none.

    Args:
        folder: The folder that `--data` would name.
        on_progress: Called after each image that is a file of its own.
        dataset: The declaration that is to read them, if it is known.
        folders: Look for images in folders of classes too; not where these have event recordings.
    """
    found = [_cifar(name, layout, root) for name, layout in LAYOUTS.items() if (root := _root(folder, layout)) is not None]
    found += [_mnist(name, folder, layout) for name, layout in mnist.LAYOUTS.items() if (folder / layout.raw).is_dir()]
    if not folders:
        return found
    if (folder / LIST).is_file() or ((folder / "train").is_dir() and (folder / "test").is_dir()):
        found.append(_own(folder, on_progress, dataset))
    elif any((folder / part).is_dir() for part in PARTS):
        found.append(_folders(folder, on_progress))
    elif not found and any(map(is_image, files_in_folders(folder))):
        found.append(_own(folder, on_progress, dataset))
    return found


def _own(folder: Path, on_progress: OnProgress | None, dataset: Dataset | None) -> ImageReport:
    """Images of one's own; where the test set is drawn, None draws it as a spec that says nothing else."""
    declared = dataset if isinstance(dataset, OwnImages) and dataset.source == "images" else None
    share, seed = (TEST, 0) if declared is None else (declared.test, declared.split_seed)
    checks, parts, every = Checks(folder), list[PartReport](), set[Size]()
    held = checks.of(read_for_training, folder, IMAGES, share, seed)
    if held is None:
        return ImageReport("images", "CLASS, or a list", (), tuple(checks.problems), ())
    sets = tuple(map(folder_of, held))
    checks = Checks(folder, on_progress, sum(len(part.paths) for part in sets))
    for name, part in zip(("train", "test"), sets, strict=True):
        sizes = _sizes(checks, zip(part.labels.tolist(), map(Path, part.paths), strict=True))
        parts.append(PartReport(name, class_reports(part.classes, sizes)))
        every.update(size for of in sizes.values() for size in of)
    needs = (ONE_SIZE,) if declared is None and len(every) > 1 else ()
    if declared is not None:
        checks.problems += _after(declared, every)
    return ImageReport("images", "CLASS, or a list", tuple(parts), tuple(checks.problems), _ignored(folder), needs)


def _sizes(checks: Checks, files: Iterable[tuple[int, Path]]) -> dict[int, list[Size]]:
    """The sizes of the images of each class, by its number."""
    sizes: dict[int, list[Size]] = {}
    for label, path in files:
        if (size := checks.file(image_size, path)) is not None:
            sizes.setdefault(label, []).append(size)
    return sizes


def _ignored(folder: Path) -> tuple[str, ...]:
    """A note of the files in folders of classes that aren't read, since their names don't end as those of images do."""
    if (folder / LIST).is_file():
        return ()
    files = [Path(path) for entry in folders_of_data(folder) for path in files_below(entry)]
    found = [path.relative_to(folder).as_posix() for path in files if not is_image(path) and not path.name.startswith(".")]
    if not found:
        return ()
    told = ", ".join(found[:MOST_TOLD]) + (", ..." if len(found) > MOST_TOLD else "")
    return (f"no image by its name, and not read: {told} ({len(found):,} file{'s'[: len(found) > 1]})",)


def _after(dataset: OwnImages, sizes: set[Size]) -> list[str]:
    """What is wrong with images of these sizes after the augmentations of a declaration."""
    found: set[Shape] = set()
    for size in sorted(sizes):
        shape: Shape = (3, *size)
        try:
            for call in dataset.augment:
                shape = reshaped(shape, call.name, call.named)
        except ValueError as error:
            return [f"images of {size[0]} x {size[1]}: {error} (change the data set's `augment`)"]
        found.add(shape)
    return [f"the images differ in size: write {ONE_SIZE}"] if len(found) > 1 else []


def _root(folder: Path, layout: Layout) -> Path | None:
    """The folder of a layout: within `folder`, or that one itself."""
    if (folder / layout.folder).is_dir():
        return folder / layout.folder
    here = all((folder / file).is_file() for file in (layout.test[0], layout.meta[0]))
    return folder if here and folder.name == layout.folder else None


def _cifar(name: str, layout: Layout, root: Path) -> ImageReport:
    checks, parts = Checks(root), list[PartReport]()
    classes = checks.of(class_names, layout, root) or ()
    for part, files in (("train", layout.train), ("test", layout.test)):
        sizes: dict[int, list[Size]] = {}
        for file in files if classes else ():
            batch = checks.of(read_batch, root / file, layout.labels, len(classes))
            for label in () if batch is None else batch[1]:
                sizes.setdefault(int(label), []).append((SIDE, SIDE))
        parts.append(PartReport(part, class_reports(classes, sizes)))
    counts = tuple(part.images for part in parts)
    here, published = (f"{train:,} training and {test:,} test images" for train, test in (counts, layout.sizes))
    notes = [] if checks.problems or here == published else [f"{here}, instead of the published {published}"]
    return ImageReport(name, layout.folder, tuple(parts), tuple(checks.problems), tuple(notes))


def _mnist(name: str, folder: Path, layout: mnist.Layout) -> ImageReport:
    checks, parts = Checks(folder), list[PartReport]()
    for part in mnist.PREFIXES:
        sizes: dict[int, list[Size]] = {}
        if (read := checks.of(mnist.read_part, folder / layout.raw, part)) is not None:
            images, labels = read
            sizes = {k: [images.shape[1:3]] * int(count) for k, count in enumerate(np.bincount(labels))}
        parts.append(PartReport(part, class_reports(layout.classes, sizes)))
    return ImageReport(name, layout.raw, tuple(parts), tuple(checks.problems), ())


def _folders(folder: Path, on_progress: OnProgress | None) -> ImageReport:
    checks = Checks(folder)
    listed = {part: _listed(folder / part, checks) for part in PARTS}
    classes = {part: tuple(found) for part, found in listed.items()}
    for part, other in (PARTS, PARTS[::-1]):
        missing = [name for name in classes[other] if name not in classes[part]]
        if missing and classes[part]:
            checks.problems.append(f"{part}/ has no folder for {', '.join(missing)}, which {other}/ has")
    total = sum(len(paths) for found in listed.values() for paths in found.values())
    images, parts = Checks(folder, on_progress, total), list[PartReport]()
    for part, found in listed.items():
        sizes = _sizes(images, ((number, path) for number, paths in enumerate(found.values()) for path in paths))
        parts.append(PartReport(part, class_reports(classes[part], sizes)))
    problems = (*checks.problems, *images.problems)
    return ImageReport("imagenet", "train/CLASS and val/CLASS", tuple(parts), problems, tuple(checks.notes))


def _listed(part: Path, checks: Checks) -> dict[str, list[Path]]:
    """The paths of the images of each class, by the class's name."""
    if not part.is_dir():
        checks.problems.append(f"{part.name}/ is missing: specs read train/CLASS and val/CLASS")
        return {}
    found: dict[str, list[Path]] = {}
    entries = sorted(part.iterdir())
    ignored = [entry for entry in entries if not entry.is_dir()]
    for entry in entries:
        if entry.is_dir():
            if (below := checks.of(files_below, entry)) is None:
                continue
            files = sorted(map(Path, below))
            found[entry.name] = [file for file in files if is_image(file)]
            ignored += [file for file in files if not is_image(file)]
            if not found[entry.name]:
                checks.problems.append(f"{entry.relative_to(checks.folder)}/ has no image (names end in {', '.join(SUFFIXES)})")
    if not found:
        checks.problems.append(f"{part.name}/ has no folders of classes")
    checks.notes += [
        f"{file.relative_to(checks.folder)} is ignored: it is not an image in the folder of a class" for file in ignored
    ]
    return found
