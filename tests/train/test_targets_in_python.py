"""`spikegraph.fit` on targets that are numbers, and on those of single time steps, given in Python."""

import pytest
import torch

import spikegraph
from spikegraph.base.errors import TrainError, UserError
from spikegraph.runs.record import read_run

from .bars import VECTORS


def test_single_numbers(tmp_path):
    """As `spikegraph.fit` is called for a regression: a target is a number, not a list of one."""
    text = VECTORS.format(source="python", task="numbers", time="time = 2", end="linear(1) -> mean(time)", loss="mse(o)")
    (tmp_path / "net.sdhs").write_text(text)
    random = torch.Generator().manual_seed(0)
    samples = [(x, float(x.sum())) for x in torch.randn(24, 3, generator=random)]
    run = spikegraph.fit(tmp_path / "net.sdhs", train=samples, test=samples[:8], out=tmp_path / "run")
    model = spikegraph.load_run(run)
    errors = model(torch.stack([x for x, _ in samples])).detach()[:, 0] - torch.tensor([target for _, target in samples])
    found = spikegraph.evaluate(model, samples)
    assert found["mean_squared_error"] == pytest.approx(float((errors**2).mean()), rel=1e-5)


STEPPED = {
    "step_class": ("linear(2)", "cross_entropy(o)", lambda x: (x[:, 0] > 0).long()),
    "numbers": ("linear(1)", "mse(o)", lambda x: x[:, :1]),
}


@pytest.mark.parametrize("task", STEPPED)
def test_targets_of_each_time_step(tmp_path, task):
    end, loss, wanted = STEPPED[task]
    (tmp_path / "net.sdhs").write_text(VECTORS.format(source="python_steps", task=task, time="", end=end, loss=loss))
    random = torch.Generator().manual_seed(0)
    samples = [(x, wanted(x)) for x in (torch.randn(3 + k % 2, 3, generator=random) for k in range(24))]
    program = spikegraph.load(tmp_path / "net.sdhs", overrides=["retrain.epochs=2"])
    run = spikegraph.fit(program, train=samples, test=samples[:8], out=tmp_path / "run")
    model = spikegraph.load_run(run)
    with torch.no_grad():
        outputs = torch.cat([model(x[:, None])[:, 0] for x, _ in samples])
    targets = torch.cat([target for _, target in samples])
    errors = 100 * (outputs.argmax(-1) == targets).float() if task == "step_class" else (outputs - targets) ** 2
    name = "accuracy_percent" if task == "step_class" else "mean_squared_error"
    assert spikegraph.evaluate(model, samples)[name] == pytest.approx(float(errors.mean()), rel=1e-4)
    summary = read_run(run).summary
    assert set(summary.baselines) == {"majority class" if task == "step_class" else "mean target"}
    # The interval of an accuracy is one for drawing sequences, whose steps are alike; the scores are those of all steps.
    assert summary.evaluation.samples == 8
    of_steps = sum(sum(row.values()) for row in summary.evaluation.confusion.values())
    assert of_steps == (sum(len(x) for x, _ in samples[:8]) if task == "step_class" else 0)


def test_targets_of_each_time_step_of_a_network_with_one_value(tmp_path):
    text = VECTORS.format(source="python_steps", task="numbers", time="", end="linear(1) -> mean(time)", loss="mse(o)")
    (tmp_path / "net.sdhs").write_text(text)
    samples = [(x, x[:, :1]) for x in torch.rand(2, 4, 3, generator=torch.Generator().manual_seed(0))]
    with pytest.raises(TrainError, match="each time step has a target, but the output has one value for all steps"):
        spikegraph.evaluate(spikegraph.compile(tmp_path / "net.sdhs"), samples)
    with pytest.raises(UserError, match="each time step has a target, but `o` has one value for all steps"):
        spikegraph.fit(tmp_path / "net.sdhs", train=samples, test=samples, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
