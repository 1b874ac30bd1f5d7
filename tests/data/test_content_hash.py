"""The hash of a data set: the same for a copy, another for every change that is promised to be noticed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from spikegraph.data import content_hash
from spikegraph.data.content_hash import file_hash, images_hash, recordings_hash
from spikegraph.data.image_folder import read_folders
from spikegraph.data.images import ImageArrays, read_small
from spikegraph.data.stacks import StackSource
from spikegraph.errors import DataError

from .image_files import coloured_images, read_images, write_cifar10, write_folders, write_mnist


@pytest.fixture
def recording(tmp_path: Path) -> Callable[..., str]:
    """The hash of a recording of two small files; its maps may be given."""
    for name in ("x_data.hdf5", "x_gt.hdf5"):
        (tmp_path / name).write_bytes(name.encode() * 100)

    def hashed(folder: Path = tmp_path, maps: dict[str, Any] | None = None, name: str = "x") -> str:
        paths = (folder / "x_data.hdf5", folder / "x_gt.hdf5")
        source = SimpleNamespace(recording=SimpleNamespace(files=lambda: paths, maps=maps))
        return recordings_hash({name: cast("StackSource", source)})

    return hashed


def test_recordings(tmp_path: Path, recording: Callable[..., str]) -> None:
    first = recording()
    shutil.copytree(tmp_path, tmp_path / "copy")
    assert recording(tmp_path / "copy") == first
    maps = {side: SimpleNamespace(x=np.zeros((2, 3), np.int64), y=np.ones((2, 3), np.int64)) for side in ("left", "right")}
    found = {first, recording(maps=maps), recording(name="y")}
    maps["right"].y[1, 2] = 5
    found.add(recording(maps=maps))
    path = tmp_path / "x_gt.hdf5"
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    found.add(recording())
    assert len(found) == 5


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        file_hash(tmp_path / "gone")
    assert caught.value.message == f"{tmp_path / 'gone'}: can't be read: No such file or directory"


def test_a_large_file_is_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks of 10 bytes: its size, first, last and every sampled block count; what is between them doesn't."""
    monkeypatch.setattr(content_hash, "BLOCK", 10)
    monkeypatch.setattr(content_hash, "BLOCKS", 4)
    path = tmp_path / "large"

    def hashed(data: bytes) -> bytes:
        path.write_bytes(data)
        return file_hash(path)

    data = bytes(range(200))
    starts = (0, 63, 126, 190)  # of the blocks
    noticed = {k for k in range(200) if hashed(data[:k] + b"\xff" + data[k + 1 :]) != hashed(data)}
    assert noticed == {start + k for start in starts for k in range(10)}
    assert hashed(data + b"\0") != hashed(data)
    small = bytes(range(40))
    assert all(hashed(small[:k] + b"\xff" + small[k + 1 :]) != hashed(small) for k in range(40))


def test_images_in_memory() -> None:
    images, labels = coloured_images()
    arrays = ImageArrays(images, labels, ("a", "b"))
    same = ImageArrays(np.asfortranarray(images), labels.copy(), ("a", "b"))
    assert images_hash((arrays,)) == images_hash((same,))
    pixel, label = images.copy(), labels.copy()
    pixel[19, 31, 31, 2] ^= 1
    label[0] += 1
    others = (
        ImageArrays(pixel, labels, ("a", "b")),
        ImageArrays(images, label, ("a", "b")),
        ImageArrays(images, labels, ("a", "c")),
        ImageArrays(images[:10], labels[:10], ("a", "b")),
    )
    assert len({images_hash((each,)) for each in (arrays, *others)}) == 5
    assert images_hash((arrays, others[0])) != images_hash((others[0], arrays))


def test_folders_of_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folders(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    first = images_hash(read_folders(tmp_path / "a"))
    assert images_hash(read_folders(tmp_path / "b")) == first
    image = tmp_path / "b" / "val" / "n02" / "1.png"
    image.write_bytes(image.read_bytes() + b"\0")
    assert images_hash(read_folders(tmp_path / "b")) != first
    shutil.copy(tmp_path / "a" / "val" / "n02" / "1.png", image)
    assert images_hash(read_folders(tmp_path / "b")) == first
    image.rename(image.with_name("2.png"))
    assert images_hash(read_folders(tmp_path / "b")) != first
    read: list[str] = []
    monkeypatch.setattr(content_hash, "MOST_IMAGES", 2)
    monkeypatch.setattr(content_hash, "file_hash", lambda path: read.append(path.name) or b"")
    images_hash(read_folders(tmp_path / "a")[:1])
    assert read == ["0.png", "1.png"]


def test_images_of_a_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    class Images:
        classes = ("a", "b")
        labels = np.arange(20, dtype=np.int64) % 2
        changed: int | None = None

        def image(self, index: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
            return np.full((2, 2, 1), 99 if index == self.changed else index, np.uint8)

    monkeypatch.setattr(content_hash, "MOST_IMAGES", 3)
    images = Images()
    first = images_hash((images,))
    noticed = []
    for index in range(20):
        images.changed = index
        if images_hash((images,)) != first:
            noticed.append(index)
    assert noticed == [0, 9, 19]


def test_every_image_set_has_one(tmp_path: Path) -> None:
    """CIFAR and MNIST by content, wherever they are; the images of the package."""
    images, labels = coloured_images()
    write_cifar10(tmp_path / "a", images, labels)
    write_cifar10(tmp_path / "b", images, labels)
    images[3, 4, 5, 1] ^= 1
    write_cifar10(tmp_path / "c", images, labels)
    first, copy, other = (read_images("cifar10", (), tmp_path / name, 0).sha256 for name in "abc")
    assert first == copy != other
    write_mnist(tmp_path, "MNIST", images[..., 0][:, :28, :28], labels)
    assert len(read_images("mnist", (), tmp_path, 0).sha256) == 64
    assert read_images("fashion_mnist_small", (), None, 0).sha256 == images_hash(read_small())
