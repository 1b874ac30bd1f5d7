"""What the bundled genotypes say of their origin, and that the samples search different operations."""

from pathlib import Path

import pytest

from spikegraph.dsl.resolve import resolve
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"


def edges(path: Path, cell: str) -> dict[str, list[tuple[str, str]]]:
    nodes = resolve(path).spec.genotypes[cell].nodes
    return {node: [(term.operation, term.source) for term in terms] for node, terms in nodes.items()}


def comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines[: lines.index("sdhs 1")])


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "imagenet"])
def test_the_cells_for_images_are_those_that_were_found_for_stereo(name: str):
    path, stereo = SPECS / "genotypes" / f"{name}.sdhs", SPECS / "genotypes/stereo.sdhs"
    assert edges(path, "normal") == edges(path, "reduction") == edges(stereo, "feature")
    assert "feature cell of stereo.sdhs" in comment(path) and "found it on MVSEC split 1" in comment(path)
    assert comment(stereo).startswith("Found on MVSEC split 1 by the authors of the paper")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_searched_genotypes_name_their_data_method_and_seed(seed: int):
    found = comment(SPECS / f"genotypes/seeds/cifar10-{seed}.sdhs")
    for part in ("the small Fashion-MNIST, not on CIFAR10", f"seed {seed}", "6 epochs of 1,000 images", "discretise = alpha"):
        assert part in found


@pytest.mark.parametrize("spec", ["cifar10", "cifar10-n4"])
def test_the_candidates_of_a_sample_are_different_operations(spec: str):
    """With the paper's candidates, which differ in the neurons of edges, there is a warning at the membrane."""
    program = Program.read(SPECS / f"{spec}.sdhs", profile="sample")
    assert not [d.code for d in program.check()]
    paper = "conv_or_skip.c5=conv(3) -> norm -> lif(surrogate = dspike(b = 5))"
    warned = Program.read(SPECS / f"{spec}.sdhs", profile="sample", overrides=(paper,))
    assert [d.code for d in warned.check()] == ["SG0901"]
