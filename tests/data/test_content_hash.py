"""The hash of a data set: the same for a copy, another for every change that is promised to be noticed."""

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from typing_extensions import override

from spikegraph.base.errors import DataError
from spikegraph.data import content_hash
from spikegraph.data.content_hash import data_hash, file_hash
from spikegraph.data.image_folder import read_folders
from spikegraph.data.images import ImageArrays, read_small
from spikegraph.data.sample import Sample
from spikegraph.data.sets import data_sets
from spikegraph.data.source import Samples
from spikegraph.data.stacks import StackSource
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.program.program import Program

from .image_files import coloured_images, read_images, write_cifar10, write_folders, write_mnist


@pytest.fixture
def recording(tmp_path: Path) -> Callable[..., str]:
    """The hash of a recording of two small files; its maps may be given."""
    for name in ("x_data.hdf5", "x_gt.hdf5"):
        (tmp_path / name).write_bytes(name.encode() * 100)

    def hashed(folder: Path = tmp_path, maps: dict[str, Any] | None = None, name: str = "x") -> str:
        paths = (folder / "x_data.hdf5", folder / "x_gt.hdf5")
        source = SimpleNamespace(recording=SimpleNamespace(files=lambda: paths, maps=maps))
        return data_hash([StereoWindows({name: cast("StackSource", source)}, (), 0, hashed=True)])

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
    assert data_hash((arrays,)) == data_hash((same,))
    pixel, label = images.copy(), labels.copy()
    pixel[19, 31, 31, 2] ^= 1
    label[0] += 1
    others = (
        ImageArrays(pixel, labels, ("a", "b")),
        ImageArrays(images, label, ("a", "b")),
        ImageArrays(images, labels, ("a", "c")),
        ImageArrays(images[:10], labels[:10], ("a", "b")),
    )
    assert len({data_hash((each,)) for each in (arrays, *others)}) == 5
    assert data_hash((arrays, others[0])) != data_hash((others[0], arrays))


def test_folders_of_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folders(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    first = data_hash(read_folders(tmp_path / "a"))
    assert data_hash(read_folders(tmp_path / "b")) == first
    image = tmp_path / "b" / "val" / "n02" / "1.png"
    image.write_bytes(image.read_bytes() + b"\0")
    assert data_hash(read_folders(tmp_path / "b")) != first
    shutil.copy(tmp_path / "a" / "val" / "n02" / "1.png", image)
    assert data_hash(read_folders(tmp_path / "b")) == first
    image.rename(image.with_name("2.png"))
    assert data_hash(read_folders(tmp_path / "b")) != first
    read: list[str] = []
    monkeypatch.setattr(content_hash, "MOST_SAMPLES", 2)
    monkeypatch.setattr(content_hash, "file_hash", lambda path: read.append(path.name) or b"")
    data_hash(read_folders(tmp_path / "a")[:1])
    assert read == ["0.png", "1.png"]


@pytest.mark.parametrize("changes", ["input", "target"])
def test_samples_of_a_plug_in(changes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Numbers(Samples):
        changed: int | None = None

        @override
        def __len__(self) -> int:
            return 20

        @override
        def sample(self, index: int) -> Sample:
            held = {"input": index, "target": index} | ({changes: 99} if index == self.changed else {})
            return Sample({"image": np.full((2, 2, 1), held["input"], np.uint8)}, np.asarray(held["target"]))

    monkeypatch.setattr(content_hash, "MOST_SAMPLES", 3)
    samples = Numbers()
    first = data_hash((samples,))
    noticed = []
    for index in range(20):
        samples.changed = index
        if data_hash((samples,)) != first:
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
    assert read_images("fashion_mnist_small", (), None, 0).sha256 == data_hash(read_small())


SPEC = """sdhs 1
dataset images { source = python }
dataset steps { source = python_steps }
dataset events { source = python_events  sensor = [34, 34]  steps = 2 }
dataset maps { source = maps  file = "m.npz" }
dataset segments { source = segments_small }
dataset flow { source = flow_small }
dataset moved { source = events_small  steps = 3 }
"""


def pairs(count: int, *shape: int, dtype: type = np.uint8) -> list[tuple[np.ndarray[Any, Any], int]]:
    random = np.random.default_rng(0)
    return [((random.random(shape) * 200).astype(dtype), k % 2) for k in range(count)]


def events(count: int) -> list[tuple[np.ndarray[Any, Any], int]]:
    found: list[tuple[np.ndarray[Any, Any], int]] = []
    for k in range(count):
        random = np.random.default_rng(k)
        held = np.zeros(50, [(name, "i8") for name in "xytp"])
        held["x"], held["y"] = random.integers(0, 34, 50), random.integers(0, 34, 50)
        held["t"], held["p"] = np.sort(random.integers(0, 9999, 50)), random.integers(0, 2, 50)
        found.append((held, k % 2))
    return found


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("images", (pairs(5, 1, 3, 4), pairs(3, 1, 3, 4)), "ac3ea16edbc12e1cb684f0651a96c5b0296f594d71571bf9e6df0a713f70a1d3"),
        (
            "images",
            (pairs(5, 1, 3, 4, dtype=np.float32), pairs(3, 1, 3, 4, dtype=np.float32)),
            "8f191d7deb9e35e89c08944d434c1c2b25cc5eee2e9191b5d361be2b224b4198",
        ),
        (
            "steps",
            (pairs(5, 2, 1, 3, 4), pairs(3, 2, 1, 3, 4)),
            "8909b4377b5662d8bebf5c036ed5b0115b11e8e0599c47662a654496c4f624e6",
        ),
        ("events", (events(5), events(3)), "172cf5d77881ece54895d28fd4cebaee024dca5019a8f1c1d905c8125a315486"),
        ("maps", None, "ca17dd949cd40ceaf15a6d24936857234901e3cbb318956b0d6fab6ebefbb717"),
        ("segments", None, "03b4cc305bce915b17ee2e043770a0a78b7d803aa71552eb9c1a6f1034448d19"),
        ("flow", None, "3d2414497238d9a2377875c402d6eb11aadf7964a2a31ba45bc9023afd0ff75d"),
        ("moved", None, "684facef494afc0d3ae3cb3f7f874c31e4b6ffccf53262f65decdfc79b4db777"),
    ],
)
def test_hashes_stay_what_they_were(tmp_path: Path, name: str, given: Any, expected: str) -> None:
    """So that a run that is resumed recognises its data; they were written down when each kind was read by code of its own."""
    (tmp_path / "n.sdhs").write_text(SPEC)
    images = np.arange(72).reshape(6, 1, 3, 4)
    np.savez(tmp_path / "m.npz", images=images.astype(np.uint8), labels=images[:, 0] % 3)
    dataset = Program.read(tmp_path / "n.sdhs").spec.datasets[name]
    assert data_sets(dataset, tmp_path if name == "maps" else None, 0, given=given).sha256 == expected


def test_hashes_of_files_stay_what_they_were(tmp_path: Path, recording: Callable[..., str]) -> None:
    """As above, of recordings, images in memory and folders of files."""
    assert recording() == "a8089092e8b8b416abe1b73dcbc35c8a46ccf2e1b45a5172c4f9d0e3a1cbb632"
    maps = {side: SimpleNamespace(x=np.zeros((2, 3), np.int64), y=np.ones((2, 3), np.int64)) for side in ("left", "right")}
    assert recording(maps=maps) == "63d095ad012c6fe83cf9d324fa65f141f2b8ed8a074b6e26334364970e81e19c"
    arrays = ImageArrays(np.arange(48, dtype=np.uint8).reshape(4, 2, 2, 3), np.array([0, 1, 1, 0]), ("a", "b"))
    assert data_hash((arrays,)) == "29f3051bf6859798148ddabbed2d2e15ead648881c4c33543fdeabe909392799"
    assert data_hash(read_small()) == "4de7825eb1f31b4de6c61b2cf950f4d7f3f1828f4ab53c76e94480d819e620e9"
    for part, label, k in product(("train", "val"), ("n01", "n02"), range(2)):
        path = tmp_path / "f" / part / label / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{part} {label} {k}".encode())
    assert data_hash(read_folders(tmp_path / "f")) == "e920041a254221423a626df732a658e9266650d8d210277c4f0cb24010cb99d5"
