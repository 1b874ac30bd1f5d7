"""NAS-Bench-201: the number of its cells, and the published sizes of its networks."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from spikegraph.genotype.from_nasbench201 import OPERATIONS, read_nasbench201
from spikegraph.genotype.imported import Imported, genotype_file
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "nasbench201.sdhs"
WIDTHS = (16, 32, 64)
BEHIND = {"nor_conv_3x3": 9, "nor_conv_1x1": 1}


def size(operations):
    """Weights of the stem, the two blocks that reduce, the last norm and the classifier, and of 15 cells, by hand."""
    total = 3 * 9 * 16 + 2 * 16
    for before, after in pairwise(WIDTHS):
        total += before * after * 9 + after * after * 9 + 4 * after + before * after
    total += 2 * 64 + 64 * 10 + 10
    return total + sum(5 * (BEHIND[o] * w * w + 2 * w) for w in WIDTHS for o in operations if o in BEHIND)


def count(operations):
    first, second, third, fourth, fifth, sixth = operations
    text = f"|{first}~0|+|{second}~0|{third}~1|+|{fourth}~0|{fifth}~1|{sixth}~2|"
    found = Imported()
    read_nasbench201(found, found.source("arch", text))
    program = Program.read(SPEC).bind(genotype_file(found, OPERATIONS, "bench")).checked()
    weights = {name: of for node in program.build("retrain").plain for name, of in node.leaves.items()}
    return sum(math.prod(shape) for of in weights.values() for shape in of.values())


def test_it_has_15625_cells_in_twenty_lines():
    assert CellSpace.of(Program.read(SPEC).checked().build("search").space).size == 5**6 == 15_625
    text = SPEC.read_text()
    cell = text[text.index("candidates") : text.index("network")]
    assert len([line for line in cell.splitlines() if line]) <= 20


@pytest.mark.parametrize(("operation", "published"), [("nor_conv_3x3", 1_531_546), ("none", 73_306), ("skip_connect", 73_306)])
def test_the_largest_and_the_smallest_network_have_their_published_sizes(operation, published):
    assert count([operation] * 6) == size([operation] * 6) == published


def test_drawn_cells_have_the_sizes_that_were_counted_by_hand():
    random = np.random.default_rng(5)
    for _ in range(3):
        operations = [list(OPERATIONS)[k] for k in random.integers(5, size=6)]
        assert count(operations) == size(operations)
