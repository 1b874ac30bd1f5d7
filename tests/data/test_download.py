"""Archives that were tampered with on the way: the checksum comes first, and no member leaves the folder."""

import gzip
import hashlib
import io
import os
import pickle
import struct
import tarfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from torchvision import datasets

from spikegraph.base.errors import DataError
from spikegraph.data.cifar import read_cifar
from spikegraph.data.image_download import download

from .image_files import coloured_images, write_cifar10

ARCHIVE = "cifar-10-python.tar.gz"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder whose files a server on this machine sends in place of the publishers'."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(datasets.CIFAR10, "url", url + ARCHIVE)
        monkeypatch.setattr(datasets.MNIST, "mirrors", [url])
        yield folder
        server.shutdown()
        thread.join()


def md5(data):
    return hashlib.md5(data).hexdigest()


def packed(path, members):
    """Writes an archive of members: a name with its content, or a `TarInfo`."""
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                name, content = member
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


def as_published(content):
    """The batch with keys that are strings of Python 2."""
    entries = {key.decode(): value for key, value in pickle.loads(content).items()}
    packed = pickle.dumps(entries, protocol=2)
    for key in entries:
        packed = packed.replace(b"X" + struct.pack("<I", len(key)) + key.encode(), b"U" + bytes([len(key)]) + key.encode())
    return packed


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def images(tmp_path):
    """The members of an archive with 20 images, and what torchvision knows of their files."""
    root = write_cifar10(tmp_path / "made", *coloured_images())
    return [(f"{root.name}/{path.name}", as_published(path.read_bytes())) for path in sorted(root.iterdir())]


def published(monkeypatch, served, members):
    """Makes these files the published ones."""
    sums = {Path(name).name: md5(content) for name, content in members}
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5((served / ARCHIVE).read_bytes()))
    monkeypatch.setattr(datasets.CIFAR10, "train_list", [[n, sums[n]] for n in sums if n.startswith("data_batch")])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    meta = {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]}
    monkeypatch.setattr(datasets.CIFAR10, "meta", meta)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_what_was_published_is_unpacked(served, images, tmp_path, monkeypatch):
    packed(served / ARCHIVE, images)
    published(monkeypatch, served, images)
    download("cifar10", tmp_path / "data")
    train, test, _ = read_cifar("cifar10", tmp_path / "data")
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), coloured_images()[1])
    assert tarfile.TarFile.extraction_filter is None


def test_an_archive_that_was_tampered_with_is_not_unpacked(served, images, tmp_path):
    made, data = tmp_path / "made by a pickle", tmp_path / "data"
    members = [(name, pickle.dumps({b"data": Evil(made)}) if "batch_1" in name else content) for name, content in images]
    packed(served / ARCHIVE, members)
    with pytest.raises(DataError) as caught:
        download("cifar10", data)
    assert caught.value.summary == "can't download CIFAR10: File not found or corrupted."
    assert caught.value.help == "try again or download it manually"
    assert files_in(data) == [ARCHIVE]
    assert not made.exists()


def test_files_that_were_tampered_with_afterwards_are_not_read(served, images, tmp_path, monkeypatch):
    """An archive of the right checksum, and a file in it that isn't the published one."""
    made = tmp_path / "made by a pickle"
    members = [(name, pickle.dumps({b"data": Evil(made)}) if "batch_1" in name else content) for name, content in images]
    packed(served / ARCHIVE, members)
    published(monkeypatch, served, images)
    with pytest.raises(DataError, match="can't download CIFAR10: Dataset not found or corrupted"):
        download("cifar10", tmp_path / "data")
    assert not made.exists()


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def device(name):
    info = tarfile.TarInfo(name)
    info.type = tarfile.FIFOTYPE
    return info


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("../outside", b"evil")], "would be extracted to .*outside the destination"),
        ([link("inner", ".."), ("inner/outside", b"evil")], "outside the destination"),
        ([link("inner", "../outside", tarfile.LNKTYPE)], "outside the destination"),
        ([link("inner", "/etc")], "is a link to an absolute path|is a symlink to an absolute path"),
        ([device("pipe")], "is a special file"),
    ],
    ids=["name", "symbolic link", "link", "absolute link", "pipe"],
)
def test_members_that_point_out_of_the_folder(served, tmp_path, monkeypatch, members, said):
    """Even with the right checksum."""
    data = tmp_path / "data"
    packed(served / ARCHIVE, members)
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5((served / ARCHIVE).read_bytes()))
    (tmp_path / "outside").write_text("as it was")
    with pytest.raises(DataError, match=f"can't download CIFAR10: .*{said}"):
        download("cifar10", data)
    assert (tmp_path / "outside").read_text() == "as it was"
    assert not (data / "pipe").exists()
    assert tarfile.TarFile.extraction_filter is None


def test_mnist_that_was_tampered_with_is_not_unpacked(served, tmp_path):
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (served / f"{name}-ubyte.gz").write_bytes(gzip.compress(b"\0" * 100))
    with pytest.raises(DataError, match=r"can't download MNIST: [\s\S]*File not found or corrupted"):
        download("mnist", tmp_path / "data")
    assert files_in(tmp_path / "data") == ["MNIST", "MNIST/raw", "MNIST/raw/train-images-idx3-ubyte.gz"]
