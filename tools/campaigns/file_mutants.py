"""Damaged and hostile files: arrays, weights, JSON, journals, images, CIFAR's pickles, genotypes of other tools.

Each kind of file that a stranger may hand over is damaged, byte by byte or with values that its format allows, and read by
what reads it in the package: it succeeds, or is the documented error, within 1 GiB and 20 s, and runs nothing.
"""

import json
import os
import pickle
import random
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cases import Outcome
from isolated import isolated
from mutations import ODD_VALUES, damaged, odd_json
from PIL import Image
from safetensors.torch import save

from spikegraph.backends.report.sections.examples import images, stereo
from spikegraph.backends.torch.train.checkpoint import read_weights
from spikegraph.cli.entry import run as command
from spikegraph.data.cifar import LAYOUTS, class_names, read_batch
from spikegraph.data.image_file import FORMATS, image_size, read_rgb
from spikegraph.data.mnist import read_part
from spikegraph.data.rectification import load_maps
from spikegraph.errors import CheckpointError, DataError, RunFolderError
from spikegraph.runs.examples import Examples, ImageExample, StereoExample, read_examples, write_examples
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.journal import read_journal
from spikegraph.runs.snapshots import read_measured

RAN = "code-of-the-file-ran"
"""A file that the code in a hostile file would make."""


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        name: Name of the file.
        write: Its content, without damage.
        read: Reads the file at a path; raises only `error`.
        error: The documented error.
        hostile: Contents that the format allows and a stranger could mean badly; the argument decides which.
    """

    name: str
    write: Callable[[], bytes]
    read: Callable[[Path], object]
    error: type[Exception] | tuple[type[Exception], ...] = ()
    hostile: Callable[[random.Random], bytes] | None = None


def case(seed: int) -> Outcome:
    """Damages a file and reads it."""
    rng = random.Random(seed)
    which = rng.choice(list(FORMATS_READ))
    form = FORMATS_READ[which]
    data = content(which)
    if form.hostile is not None and rng.random() < 0.4:
        data = form.hostile(rng)
    else:
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data = damaged(data, rng, content(rng.choice(list(FORMATS_READ))))[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / form.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        wrong = isolated(lambda: _attempt(form, path))
    return Outcome(which, not wrong, wrong)


@lru_cache
def content(which: str) -> bytes:
    """The content of an undamaged file of a kind."""
    return FORMATS_READ[which].write()


def _attempt(form: Format, path: Path) -> str:
    os.chdir(path.parent)
    try:
        wrong = form.read(path)
    except form.error as error:
        wrong = "" if "\n" not in str(error) else f"the message has several lines: {error}"
    if Path(RAN).exists():
        return "code of the file ran"
    return wrong if isinstance(wrong, str) else ""


class Evil:
    """An object whose pickle makes a file when it is loaded."""

    def __reduce__(self) -> Any:
        return os.mkdir, (RAN,)


def _command(*arguments: str) -> Callable[[Path], str]:
    """Calls the program on the file; anything but an internal error is an answer."""

    def read(path: Path) -> str:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = command([str(path) if a == "FILE" else a for a in arguments])
        told = err.getvalue()
        if status not in (0, 1, 2) or "internal error" in told or (status and not told) or len(told) > 100_000:
            return f"status {status}: {told[:300]}"
        return ""

    return read


def _array() -> bytes:
    file = BytesIO()
    np.save(file, np.array([[0, 1], [1, 1], [2, 2], [3, 0]]))
    return file.getvalue()


def _odd_array(rng: random.Random) -> bytes:
    kind = rng.choice(("|O", "<i8", "<f8", "<U5", "|V0", "<M8[s]", "[('a', '<i8')]", "<i8', {}"))
    shape = rng.choice(("(4, 2)", "(10**12, 2)", f"({10**12}, 2)", "(-1, 2)", f"({2**62}, {2**62})", "()", "(0, 2)", "(" * 200))
    head = rng.choice(
        (
            f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}",
            "{'descr': " + "[" * 3000,
            "__import__('os').mkdir('" + RAN + "')",
            "{'descr': '<i8', 'fortran_order': False, 'shape': (4L, 2L)}",
        )
    ).encode()
    version = rng.choice((b"\1\0", b"\2\0", b"\3\0", b"\xff\xff"))
    size = len(head).to_bytes(2 if version == b"\1\0" else 4, "little")
    tail = pickle.dumps(Evil()) if kind == "|O" else bytes(64)
    return b"\x93NUMPY" + version + (size if rng.random() < 0.9 else b"\xff\xff\xff\x7f") + head + tail


def _examples(kind: str) -> Callable[[], bytes]:
    def write() -> bytes:
        numbers = np.random.default_rng(0)
        stacks = numbers.integers(-2, 3, (2, 12, 16), dtype=np.int8)
        truth = numbers.uniform(1, 9, (12, 16)).astype(np.float32)
        views = StereoExample("a/3", stacks[0], stacks[1], truth, truth + 1)
        picture = ImageExample(numbers.integers(0, 256, (8, 8, 3), dtype=np.uint8), 1, np.array([0.25, 0.75], np.float32))
        found = Examples(stereo=(views,)) if kind == "stereo" else Examples(images=(picture,), classes=("a", "b"))
        with tempfile.TemporaryDirectory() as folder:
            write_examples(Path(folder) / "examples.npz", found)
            return (Path(folder) / "examples.npz").read_bytes()

    return write


def _odd_examples(rng: random.Random) -> bytes:
    """An archive whose numbers, names, sizes or meta data are odd."""
    file = BytesIO()
    meta = odd_json(json.dumps({"format_version": 1, "stereo": [], "images": [1], "classes": ["a", "b"]}), rng)
    pixels: Any = rng.choice(
        (
            np.zeros((8, 8, 3), np.uint8),
            np.zeros((20_000, 20_000, 1), np.uint8),
            np.zeros((0, 8, 3), np.uint8),
            np.zeros((8, 8, 2), np.uint8),
            np.zeros((8, 8, 3)),
            np.zeros(3, np.uint8),
        )
    )
    shares = rng.choice((np.array([0.25, 0.75], np.float32), np.array([np.nan, 1], np.float32), np.zeros(0, np.float32)))
    arrays = {"image0.image": pixels, "image0.probabilities": shares, "../../x": np.zeros(3), "/etc/x": np.zeros(3)}
    arrays["meta"] = np.array(meta) if rng.random() < 0.7 else np.array([Evil()], dtype=object)
    (np.savez_compressed if rng.random() < 0.7 else np.savez)(file, **arrays)
    return file.getvalue()


def _weights() -> bytes:
    head = {"format": "spikegraph-weights", "format_version": "1", "temperatures": '{"stem": 3.0}'}
    return save({"stem.conv.weight": torch.ones(4, 3, 3, 3), "b": torch.zeros(2, dtype=torch.int64)}, head)


def _odd_weights(rng: random.Random) -> bytes:
    """A header with odd claims."""
    metadata = {"format": "spikegraph-weights", "format_version": "1", "temperatures": rng.choice(ODD_VALUES)(rng)}
    kind = rng.choice(("F32", "F8_E4M3", "F4", "U64", "X", "C64", "BOOL"))
    shape = rng.choice(([4], [10**9], [2**63], [0], [], [-1], [2**32, 2**32]))
    offsets = rng.choice(([0, 16], [0, 10**12], [16, 0], [0, 2**64], [-1, 4]))
    head = json.dumps({"__metadata__": metadata, "x": {"dtype": kind, "shape": shape, "data_offsets": offsets}})
    head = odd_json(head, rng) if rng.random() < 0.5 else head
    size = rng.choice((len(head.encode()), len(head.encode()), 2**63, 2**32, 0))
    return size.to_bytes(8, "little") + head.encode(errors="surrogatepass") + bytes(16)


def _read_weights(path: Path) -> None:
    read_weights(path)


MANIFEST = {
    "format_version": 1,
    "spec": "net.sdhs",
    "spec_sha256": "a",
    "resolved_sha256": "b",
    "genotype_sha256": None,
    "seed": 7,
    "command": ["spikegraph", "compile"],
    "precision": "fp32",
    "device": "cpu",
    "threads": 2,
    "data": "made up",
    "notes": ["made up"],
    "versions": {"spikegraph": "0.1.0"},
    "started": "2026-01-02T03:04:05+00:00",
    "plugins": [],
    "profile": None,
    "overrides": [],
    "data_folder": None,
    "directory": "",
}
RESULT = {"epochs": 2, "steps": 8, "seconds": 3.5, "parameters": 99, "losses": {"loss": 0.5}}
SUMMARY = {
    "format_version": 1,
    "complete": True,
    "search": None,
    "retrain": RESULT,
    "evaluation": {
        "metrics": {"accuracy_percent": 50.0},
        "samples": 4,
        "seconds": 1.0,
        "firing_rates": {"stem": 0.25},
        "confusion": {"0": {"0": 2}, "1": {"0": 2}},
    },
    "baselines": {"majority class": {"accuracy_percent": 25.0}},
    "notes": [],
}
LINE = {"time": 1.0, "phase": "retrain", "epoch": 1, "step": 4}
ENTRIES = (
    {**LINE, "event": "step", "lr": 0.1, "losses": {"loss": 1.0}, "gradient_norms": {"stem": 1.0}},
    {**LINE, "event": "epoch", "losses": {"loss": 1.0}, "architecture": {"small.alpha": [[0.1, 0.2]], "way.beta": [[[0, 1, 2]]]}},
    {**LINE, "event": "evaluation", "phase": "test", "metrics": {"accuracy_percent": 50.0}, "samples": 4},
)
MEASURED = {"epoch": 1, "epochs": 1, "metrics": {"accuracy_percent": 50.0}, "loss": 0.5, "samples": 4}


def _json(value: object) -> Callable[[], bytes]:
    return lambda: json.dumps(value, indent=2).encode()


def _odd(value: object) -> Callable[[random.Random], bytes]:
    return lambda rng: odd_json(json.dumps(value), rng).encode(errors="surrogatepass")


def _show(path: Path) -> object:
    """A run with this file, as `show` prints it."""
    for name, value in (("manifest.json", MANIFEST), ("summary.json", SUMMARY)):
        other = path.with_name(name)
        if not other.exists():
            other.write_text(json.dumps(value), encoding="utf-8")
    RunFolder(path.parent).read_manifest()
    RunFolder(path.parent).read_summary()
    told = StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        statuses = [command(["show", str(path.parent)]), command(["show", str(path.parent), "--json"])]
        statuses.append(command(["runs", str(path.parent)]))
    return "" if not any(statuses) else f"show and runs ended with {statuses}: {told.getvalue()[:300]}"


def _journal() -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in ENTRIES).encode()


def _odd_journal(rng: random.Random) -> bytes:
    lines = [json.dumps(entry) for entry in ENTRIES]
    k = rng.randrange(len(lines))
    lines[k] = odd_json(lines[k], rng)
    return "\n".join([*lines, ""]).encode(errors="surrogatepass")


def _image(kind: str) -> Callable[[], bytes]:
    def write() -> bytes:
        file = BytesIO()
        numbers = np.random.default_rng(0)
        pixels = Image.fromarray(numbers.integers(0, 256, (24, 31, 3), dtype=np.uint8))
        if kind == "TIFF":
            pixels.save(file, kind, compression="tiff_lzw")
        else:
            pixels.save(file, kind)
        return file.getvalue()

    return write


def _read_image(path: Path) -> None:
    image_size(path)
    read_rgb(path)


def _huge_image(rng: random.Random) -> bytes:
    """An image of few bytes that claims many pixels, or a program of Ghostscript."""
    side = rng.choice((9_000, 20_000, 100_000, 2**31 - 1))
    if rng.random() < 0.3:
        return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(" + RAN.encode() + b") (w) file closefile\n%%EOF\n"
    if rng.random() < 0.5:
        return f"P6 {side} {side} 255\n".encode() + bytes(100)
    return _blank_image()


@lru_cache
def _blank_image() -> bytes:
    """A PNG of 20 kB with 144 million pixels."""
    file = BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    return file.getvalue()


def _idx() -> bytes:
    return bytes((0, 0, 8, 3)) + b"".join(n.to_bytes(4, "big") for n in (5, 28, 28)) + bytes(5 * 28 * 28)


def _read_idx(path: Path) -> None:
    path.with_name("train-labels-idx1-ubyte").write_bytes(bytes((0, 0, 8, 1, 0, 0, 0, 5)) + bytes((0, 1, 2, 3, 9)))
    read_part(path.parent, "train")


def _batch() -> bytes:
    data = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
    return pickle.dumps({b"data": data, b"labels": [0, 1, 2], b"label_names": [b"a", b"b", b"c"]}, protocol=2)


def _odd_batch(rng: random.Random) -> bytes:
    nested: Any = 0
    for _ in range(60):
        nested = (nested, nested)
    data = np.zeros((3, 3072), np.uint8)
    value = rng.choice(
        (
            {b"data": Evil()},
            {b"data": data, b"labels": [nested, 1, 2]},
            {b"data": data, b"labels": [10**5000, 1, 2]},
            {b"data": data, b"labels": [0, 1, 2], b"label_names": [nested]},
            {b"data": np.array([Evil()], dtype=object), b"labels": [0]},
            {b"data": np.zeros((3, 3072), "M8[s]"), b"labels": [0, 1, 2]},
            {"data": "x" * 100, "labels": {}},
            Evil(),
            np.dtype([("x", "u1")]),
        )
    )
    return rng.choice(
        (
            pickle.dumps(value, protocol=rng.choice((0, 2, 4))),
            b"\x80\x04\x8e" + (2**40).to_bytes(8, "little"),
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntS'b'\ntR.",
            b"cos\nsystem\n(S'mkdir " + RAN.encode() + b"'\ntR.",
            b"]" * 100_000 + b"a" * 99_999 + b".",
            b"c__builtin__\neval\n(S'1'\ntR.",
        )
    )


def _read_batch(path: Path) -> None:
    layout = LAYOUTS["cifar10"]
    path.with_name("batches.meta").write_bytes(path.read_bytes())
    try:
        read_batch(path, b"labels", 10)
    finally:
        class_names(layout, path.parent)


DARTS = (
    "08/02 01:36 Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2)], "
    "normal_concat=range(2, 4), reduce=[('max_pool_3x3', 0), ('skip_connect', 1), ('max_pool_3x3', 0), ('none', 2)], "
    "reduce_concat=[2, 3])\n"
)
ROWS = "cell_arch_fea = [[0, 1], [1, 1], [2, 2], [3, 0]]\nnetwork_path_fea = [0, 1, 1]\n"


def _odd_darts(rng: random.Random) -> bytes:
    count = rng.choice((10, 1000, 10_000, 100_000))
    inner = rng.choice(("(", "[", "-", "not ", "a.", "lambda: ", "f(", "{", "1+", "'", '"""', "\r", "\\\n", "é"))
    text = rng.choice(
        (
            f"Genotype(normal={inner * count})",
            f"x = Genotype(normal=[('a', {inner * count}1), ('b', 1)])",
            "a" * count * 5,
            " = " * count,
            "Genotype " * count,
            "Genotype(" * count,
            f"Genotype(normal=[{', '.join(['(chr(97), 0)'] * count)}])",
            f"Genotype(normal=[{', '.join(['(0, 0)'] * count)}], normal_concat=range(-10**12, 10**12))",
            f"Genotype(normal=__import__('os').mkdir('{RAN}'))",
            f"Genotype(normal=[('a', 0), ('b', 1)], normal_concat=range({-count}, {'9' * min(count, 5000)}))",
            f"Genotype(*{inner}x)",
            "Genotype('''')\rGenotype('''')",
        )
    )
    return text.encode()[: 2 * 1024 * 1024]


def _map() -> bytes:
    return ("\n".join([" ".join(["1.5"] * 346)] * 260) + "\n").encode()


def _read_maps(path: Path) -> None:
    for side in ("left", "right"):
        for axis in "xy":
            other = path.with_name(f"made_{side}_{axis}_map.txt")
            if other != path:
                other.write_bytes(path.read_bytes())
    load_maps(path.parent, "made", (260, 346))


def _read_examples(path: Path) -> None:
    found = read_examples(path)
    if found is not None and found.stereo:
        stereo(found.stereo, "h3")
    elif found is not None and found.images:
        images(found)


IMPORT_DARTS = ("import", "FILE", "--from", "darts")
IMPORT_SPIKEDHS = ("import", "FILE", "--from", "spikedhs", "--cell", "feature", "--path", "way")

FORMATS_READ: dict[str, Format] = {
    "npy": Format("x.npy", _array, _command(*IMPORT_SPIKEDHS), hostile=_odd_array),
    "examples of stereo": Format("examples.npz", _examples("stereo"), _read_examples, RunFolderError),
    "examples of images": Format("examples.npz", _examples("images"), _read_examples, RunFolderError, _odd_examples),
    "weights": Format("weights.safetensors", _weights, _read_weights, CheckpointError, _odd_weights),
    "manifest": Format("run/manifest.json", _json(MANIFEST), _show, RunFolderError, _odd(MANIFEST)),
    "summary": Format("run/summary.json", _json(SUMMARY), _show, RunFolderError, _odd(SUMMARY)),
    "journal": Format("run/metrics.jsonl", _journal, read_journal, RunFolderError, _odd_journal),
    "snapshot's result": Format("x.json", _json(MEASURED), read_measured, RunFolderError, _odd(MEASURED)),
    "MNIST": Format("train-images-idx3-ubyte", _idx, _read_idx, DataError),
    "CIFAR": Format("data_batch_1", _batch, _read_batch, DataError, _odd_batch),
    "rectification map": Format("made_left_x_map.txt", _map, _read_maps, DataError),
    "DARTS": Format("genotype.txt", DARTS.encode, _command(*IMPORT_DARTS), hostile=_odd_darts),
    "SpikeDHS": Format("genotype.txt", ROWS.encode, _command(*IMPORT_SPIKEDHS), hostile=_odd_darts),
    **{kind: Format("x.jpg", _image(kind), _read_image, DataError, _huge_image) for kind in FORMATS},
}
