"""The networks of the paper, made small: compiled in all forms, and by the reference."""

from pathlib import Path
from shutil import copytree

from both_ways import compare

from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"


def test_cifar10():
    small = ["cifar10.W=2", "retrain.W=2", "cifar10.time=2", "cifar10.stride=4"]
    program = Program.read(SPECS / "cifar10.sdhs", genotype=SPECS / "genotypes" / "cifar10.sdhs", overrides=small).checked()
    compare(program, training=True)


def test_stereo(tmp_path):
    text = (SPECS / "stereo.sdhs").read_text().replace("events[5, 260, 346]", "events[5, 25, 34]")
    (tmp_path / "stereo.sdhs").write_text(text)
    copytree(SPECS / "lib", tmp_path / "lib")
    small = ["stereo.planes=5", "stereo.C=6", "retrain.C=6"]
    genotype = SPECS / "genotypes" / "stereo.sdhs"
    compare(Program.read(tmp_path / "stereo.sdhs", genotype=genotype, overrides=small).checked())
