"""The bundled spec of a searched spiking transformer: every branch computes with spikes, and supernets can be searched."""

import pytest

from spikegraph.analysis.certificate import certify
from spikegraph.backends.torch.main import train_program
from spikegraph.genotype.searched_params import param_cells
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.searches.cell_space import CellSpace

SPEC = "specs/spikformer-search.sdhs"
SMALL = ("spikformer.W=16", "spikformer.time=1", "retrain.epochs=1", "retrain.epoch_samples=32", "retrain.batch=16")
SUPERNET = (
    *("search.epochs=1", "search.epoch_samples=32", "search.batch=8", "search.loss=cross_entropy(logits)"),
    *("search.weights=adam(lr=0.01)", "search.architecture=adam(lr=0.003)"),
)
TRANSFORMER = """\
sdhs 1
genotype spikformer {{
  l1.place = {place}  l2.place = none
  l1.mixer = {mixer}  l1.around = {shortcut}  l1.mlp = {ratio}  l1.beside = {shortcut}
  l2.mixer = {mixer}  l2.around = membrane    l2.mlp = r2       l2.beside = spike
}}
"""
MIXERS = ("ssa2", "ssa8", "sdsa", "token2", "token8", "chan", "conv")


def test_what_is_searched():
    program = Program.read(SPEC).checked()
    space = CellSpace.of(program.space("search"), param_cells(program.spec))
    assert space.size == (3 * 7 * 2 * 2 * 2) ** 2


@pytest.mark.parametrize("mixer", MIXERS)
def test_every_mixer_is_certified(mixer):
    """Only the first layer takes reals, the pixels; whichever shortcut carries the values between the layers."""
    at = MIXERS.index(mixer)
    keys = {"place": ("k3", "k5", "none")[at % 3], "shortcut": ("membrane", "spike")[at % 2], "ratio": ("r4", "r2")[at % 2]}
    program = Program.read(SPEC, overrides=SMALL).bind(TRANSFORMER.format(mixer=mixer, **keys)).checked()
    found = certify(program.build("deploy").plain)
    assert found.places == ()
    assert found.encoding == ("s1.conv",)


@pytest.mark.parametrize("method", ["single_path", "darts(discretise=shared_weights(draws=4))"])
def test_a_supernet_chooses(method, tmp_path):
    program = Program.read(SPEC, profile="sample", overrides=(*SMALL, *SUPERNET, f"search.method={method}"))
    path, summary = train_program(program.checked(), Settings(device="cpu", threads=1), out=tmp_path / "run")
    genotype = (path / "genotype.sdhs").read_text(encoding="utf-8")
    assert all(f"{place} " in genotype for place in ("l1.place", "l2.place", "l1.mixer", "l1.mlp", "l2.around"))
    assert summary.evaluation.samples == 1000
