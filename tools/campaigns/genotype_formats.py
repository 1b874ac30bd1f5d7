"""Genotypes of other tools, for the campaign `file_mutants`."""

import pickle
import random
from io import BytesIO

import numpy as np
from formats import RAN, Evil, Format, program


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
            "a" * count,
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


IMPORT_DARTS = ("import", "FILE", "--from", "darts")
IMPORT_SPIKEDHS = ("import", "FILE", "--from", "spikedhs", "--cell", "feature", "--path", "way")

GENOTYPES: dict[str, Format] = {
    "npy": Format("x.npy", _array, program(*IMPORT_SPIKEDHS), hostile=_odd_array),
    "DARTS": Format("genotype.txt", DARTS.encode, program(*IMPORT_DARTS), hostile=_odd_darts),
    "SpikeDHS": Format("genotype.txt", ROWS.encode, program(*IMPORT_SPIKEDHS), hostile=_odd_darts),
}
