"""Names of tensors, and patterns of them."""

import pytest

from spikegraph.ir.weight_names import chosen, divided, held, last_of, parts, tensors_of
from spikegraph.program.program import Program

NAMES = (
    "stem.conv.weight",
    "stem.norm.running_mean",
    "stem2.conv.weight",
    "cells[0].n0.weight",
    "cells[10].n0.weight",
    "cells0.weight",
)


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("stem", (0, 1)),
        ("stem.conv", (0,)),
        ("stem.conv.weight", (0,)),
        ("stem*", (0, 1, 2)),
        ("stem?", (2,)),
        ("*.conv.*", (0, 2)),
        ("*.running_mean", (1,)),
        ("stem[12]", (2,)),
        ("cells", (3, 4)),
        ("cells[0]", (3, 5)),  # also the set of one letter of a shell
        ("cells[1]", ()),
        ("cells[10].*", (4, 5)),
        ("*", (0, 1, 2, 3, 4, 5)),
        ("ste", ()),
        ("conv", ()),
        ("Stem", ()),
    ],
)
def test_patterns(pattern, meant):
    assert chosen((pattern,), NAMES) == [NAMES[k] for k in meant]


def test_several_patterns_keep_the_order_of_the_names():
    assert chosen(("cells", "stem.conv"), NAMES) == [NAMES[k] for k in (0, 3, 4)]


def test_outermost_parts():
    assert parts(NAMES) == ["stem", "stem2", "cells[0]", "cells[10]", "cells0"]


SPEC = """\
sdhs 1
neuron lif { }
network net {
  input image : real[3, 8, 8]
  a = image -> conv(3, out = 4) -> norm
  b = image -> conv(3, out = 4) -> norm(affine = false)
  c = add(a, b) -> lif
  output logits = c -> pool -> linear(2)
}
"""


def test_tensors_of_a_network_and_norms_that_are_computed_together():
    built = Program.of_text(SPEC, "net.sdhs").build("retrain")
    shapes = {
        "a.conv.weight": (4, 3, 3, 3),
        "a.conv.bias": (4,),
        "a.weight": (4,),
        "a.bias": (4,),
        "a.running_mean": (4,),
        "a.running_var": (4,),
        "b.conv.weight": (4, 3, 3, 3),
        "b.conv.bias": (4,),
        "b.running_mean": (4,),
        "b.running_var": (4,),
        "logits.weight": (2, 4),
        "logits.bias": (2,),
    }
    assert tensors_of(built.graph) == tensors_of(built.plain) == shapes
    assert held(("a",), built.graph) == {"a"}
    assert held(("*.weight",), built.graph) == set()
    assert held(("*.running_var",), built.graph) == {"a", "b"}


def test_norms_whose_sum_is_the_current_of_one_neuron():
    cell = "candidates one { c3 = conv(3) -> norm -> lif }\n"
    cell += "cell plain { nodes = 1 candidates = one neuron = lif mix = membrane }\n"
    spec = SPEC.replace("network", f"{cell}genotype plain {{ n0 = c3(prev2) + c3(prev) }}\nnetwork")
    before, _, behind = spec.partition("  a = ")
    built = Program.of_text(
        f"{before}  c = image -> chain([plain], width = 4)\n  output{behind.partition('output')[2]}", "net.sdhs"
    )
    found = built.build("retrain")
    one, other = "c[0].n0.prev.c3.norm", "c[0].n0.prev2.c3.norm"
    assert {one, other} <= held(("c",), found.graph)
    assert divided(found.graph, {one})
    assert not divided(found.plain, {one})
    assert not divided(found.graph, {one, other})


def test_the_last_pattern_that_means_a_name_decides():
    assert last_of([("*", 0.5), ("cells", 2), ("stem.conv", 0.1), ("nothing", 7)], NAMES, 1) == dict(
        zip(NAMES, (0.1, 0.5, 0.5, 2, 2, 0.5), strict=True)
    )
    assert last_of([("cells", 2)], NAMES[:1], 1) == {NAMES[0]: 1}
