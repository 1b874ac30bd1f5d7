"""Images and batches of strangers: no bomb is unpacked, no program is started, no loop of links is followed for ever."""

import os
import pickle

import numpy as np
import pytest
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.check import check
from spikegraph.data.cifar import LAYOUTS, class_names, read_batch
from spikegraph.data.image_download import download
from spikegraph.data.image_file import image_size, read_rgb
from spikegraph.data.image_folder import files_below, read_folders
from spikegraph.data.rectification import load_maps

from .image_files import pickled, write_folders


def refused(read, *arguments):
    with pytest.raises(DataError) as caught:
        read(*arguments)
    return caught.value.summary


def test_an_image_of_too_many_pixels(tmp_path):
    Image.new("1", (12_000, 12_000)).save(path := tmp_path / "x.png")
    assert path.stat().st_size < 30_000
    expected = "the image has 12000 x 12000 pixels; at most 89,478,485 are read"
    assert refused(read_rgb, path) == refused(image_size, path) == expected
    path.write_bytes(b"P6 100000 100000 255\n")
    assert refused(read_rgb, path) == "the image has too many pixels; at most 89,478,485 are read"


def test_a_program_of_ghostscript_is_no_image(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EOF\n")
    with Image.open(path) as image:
        assert image.format == "EPS"  # Pillow would start Ghostscript to load it
    assert refused(read_rgb, path) == "the image can't be read: it isn't BMP, JPEG, PNG, PPM, TIFF or WEBP"


def test_a_pipe_is_not_waited_for(tmp_path):
    write_folders(tmp_path)
    os.mkfifo(path := tmp_path / "train" / "n01" / "pipe.png")
    assert refused(read_rgb, path) == "the image can't be read: it isn't a plain file"
    (found,) = check(tmp_path).images
    assert found.problems == ("train/n01/pipe.png: the image can't be read: it isn't a plain file",)


def test_loops_of_links_end(tmp_path):
    """Two links to the folder in each of two folders are paths without end, of which each is walked once."""
    write_folders(tmp_path)
    for name in ("a", "b"):
        for link in ("n01", "n02"):
            (tmp_path / "train" / link / name).symlink_to("..")
    assert len(read_folders(tmp_path)[0].paths) == 2 * len(set(map(os.path.realpath, files_below(tmp_path / "train"))))
    assert check(tmp_path).sound


def test_links_to_folders_elsewhere_are_followed(tmp_path):
    write_folders(tmp_path / "disk")
    (tmp_path / "data").mkdir()
    for part in ("train", "val"):
        (tmp_path / "data" / part).symlink_to(tmp_path / "disk" / part)
    assert len(read_folders(tmp_path / "data")[0].paths) == 4


def nested(depth):
    value = 0
    for _ in range(depth):
        value = (value, value)
    return value


@pytest.mark.parametrize(
    ("labels", "shown"), [([nested(60)], "that is tuple"), ([10**5000], "that is int"), ([-1], "-1"), (["x"], "that is str")]
)
def test_a_label_is_not_shown_at_length(tmp_path, labels, shown):
    """The text of 60 nested pairs would have a quintillion letters."""
    pickled(tmp_path / "x", data=np.zeros((1, 3072), np.uint8), labels=labels)
    assert refused(read_batch, tmp_path / "x", b"labels", 10) == f"the class {shown} is not from 0 to 9"


def test_names_of_classes_are_texts(tmp_path):
    pickled(tmp_path / "batches.meta", label_names=[b"a", nested(60)])
    assert refused(class_names, LAYOUTS["cifar10"], tmp_path) == "its `label_names` aren't texts"


@pytest.mark.parametrize("kind", ["<i4", ">f8", "|u1", "?"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_arrays_in_pickles_are_what_numpy_reads(tmp_path, kind, protocol):
    from spikegraph.data.safe_pickle import read_pickle

    values = {b"c": np.arange(12).reshape(3, 4).astype(kind), b"f": np.asfortranarray(np.arange(12).reshape(3, 4).astype(kind))}
    (tmp_path / "x").write_bytes(pickle.dumps(values, protocol=protocol))
    found = read_pickle(tmp_path / "x")
    for name, array in values.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntS'b'\ntR.", "it is not a batch of images"),
        (b"cnumpy\ndtype\n(S'O'\ntR.", "an array doesn't have numbers"),
        (b"c_codecs\nencode\n(Vx\nVzlib\ntR.", "a text has an unknown encoding"),
        (b"cos\nsystem\n(S'true'\ntR.", "it refers to os.system, which a batch of images does not need"),
    ],
)
def test_nothing_that_a_pickle_names_is_called(tmp_path, data, told):
    (tmp_path / "x").write_bytes(data)
    assert refused(read_batch, tmp_path / "x", b"labels", 10).endswith(told)


def test_a_map_that_is_too_large(tmp_path):
    for side in ("left", "right"):
        for axis in "xy":
            with (tmp_path / f"a_{side}_{axis}_map.txt").open("wb") as file:
                file.truncate(1 << 40)
    told = "the rectification map can't be read: it has 1,099,511,627,776 bytes; at most 8,388,608 are read"
    assert refused(load_maps, tmp_path, "a", (260, 346)) == told


def test_old_folders_of_torchvision_are_not_unpickled(tmp_path):
    (tmp_path / "MNIST" / "processed").mkdir(parents=True)
    assert refused(download, "mnist", tmp_path) == "a folder of an old version of torchvision, whose files could run code"
