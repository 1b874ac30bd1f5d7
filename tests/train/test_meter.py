"""The meter of losses."""

import torch

from spikegraph.backends.torch.train.meter import Meter
from spikegraph.runs.step_numbers import mean_of


def test_the_meter_reads_now_and_then() -> None:
    meter = Meter(every=3)
    ready = [meter.add({"loss": torch.tensor(float(k))}, k) for k in (1, 2, 3)]
    assert ready == [False, False, True]
    assert meter.means() == {}
    assert meter.read() == [{"loss": 1.0}, {"loss": 2.0}, {"loss": 3.0}]
    meter.add({"loss": torch.tensor(6.0), "architecture_loss": torch.tensor(9.0)}, 4)
    read = meter.read()
    assert mean_of([{"loss": 2.0}, *read]) == {"loss": 4.0, "architecture_loss": 9.0}
    assert meter.means() == {"loss": 3.0, "architecture_loss": 9.0}
    assert meter.read() == []


def test_the_meter_waits_on_a_gpu_only() -> None:
    assert Meter.interval(torch.device("cpu")) == 1
    assert Meter.interval(torch.device("cuda")) > 1
