"""What only the files of a data set show is compared with the network before training starts."""

import pytest

from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import DataError
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from ..data.image_files import write_folders

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input image : real[3, 32, 32]
  time = 2
  output logits = image -> stem(3, out = 4, stride = 4) -> pool -> linear(10) -> mean(time)
}
dataset imagenet { augment = [random_crop([32, 32])] }
retrain net on imagenet {
  epochs  = 1
  batch   = 4
  weights = sgd(lr = 0.1)
  loss    = cross_entropy(logits)
}
"""


def folder(path, size=(40, 48), classes=("cat", "dog")):
    return write_folders(path, [size] * 4, classes)


def train(tmp_path, text):
    spec = tmp_path / "net.sdhs"
    spec.write_text(text)
    out = tmp_path / "run"
    return out, lambda: train_program(Program.read(spec), Settings(), data=tmp_path / "images", out=out)


def test_ten_logits_for_folders_of_two_classes(tmp_path):
    images = folder(tmp_path / "images")
    out, start = train(tmp_path, SPEC)
    with pytest.raises(DataError) as raised:
        start()
    assert raised.value.summary == (
        f"folders of images ({images}): `logits` has the logits of 10 classes, but `imagenet` has 2 ({tmp_path}/net.sdhs:6:82)"
    )
    assert raised.value.help == "make them 2, such as with `linear(2)`"
    assert not out.exists()


def test_two_logits_train(tmp_path):
    folder(tmp_path / "images")
    _, start = train(tmp_path, SPEC.replace("linear(10)", "linear(2)"))
    assert start()[1].evaluation is not None


def test_a_search_is_compared_too(tmp_path):
    folder(tmp_path / "images", classes=("cat", "dog", "owl"))
    search = (
        SPEC[SPEC.index("retrain") :]
        .replace("retrain net", "search net")
        .replace("}\n", "  architecture = adam(lr = 0.1)\n}\n")
    )
    cells = "candidates one { skip = identity c1 = conv(1) }\ncell plain { nodes = 1 candidates = one neuron = lif }\n"
    text = (
        SPEC.replace("linear(10)", "linear(2)")
        .replace("network net", cells + "network net")
        .replace("stride = 4) -> pool", "stride = 4) -> chain([plain], width = 4) -> pool")
    )
    _, start = train(tmp_path, text + search)
    with pytest.raises(DataError, match=r"the logits of 2 classes, but `imagenet` has 3"):
        start()


def test_a_damaged_first_image_is_named(tmp_path):
    images = folder(tmp_path / "images")
    (images / "train" / "cat" / "0.png").write_bytes(b"no image")
    _, start = train(tmp_path, SPEC)
    with pytest.raises(DataError) as raised:
        start()
    assert raised.value.path == images / "train" / "cat" / "0.png"
