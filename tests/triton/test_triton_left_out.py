"""What has no kernel of Triton runs as operations of torch, and a notice says so once."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Dynamics
from spikegraph.backends.torch.modules.neuron_sequences import neurons, neurons_over_time
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.triton import library
from spikegraph.ir.neuron import Neuron
from spikegraph.plugins.registry import Registry

X = torch.linspace(-1, 2, 4 * 2 * 3).reshape(4, 2, 3)


@pytest.fixture
def _on_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors count as those of a card."""
    monkeypatch.setattr(library, "INTERPRETED", True)
    library._there.cache_clear()
    library.no_kernel.cache_clear()


@pytest.mark.usefixtures("_on_a_card")
def test_triton_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(library, "installed", lambda: False)
    n = Neuron.model_validate({"decay": 0.5})
    results = [neurons(resolved(n), X, None, None)[0] for _ in range(2)]
    library._there.cache_clear()
    assert torch.equal(results[0], results[1])
    assert capsys.readouterr().err.splitlines() == [
        "note: Triton is missing, so neurons run as operations of torch, which is slower; install it with"
        ' `pip install "spikegraph[cuda]"`'
    ]


def test_an_old_card(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cards = [SimpleNamespace(name="V100", major=7, minor=0), SimpleNamespace(name="A100", major=8, minor=0)]
    monkeypatch.setattr(library, "INTERPRETED", False)
    monkeypatch.setattr(library, "_there", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: cards[device.index])
    tensors = [SimpleNamespace(device=torch.device("cuda", k)) for k in (0, 0, 1)]
    assert [library.usable(x) for x in tensors] == [False, False, True]  # type: ignore[arg-type]
    library._supported.cache_clear()
    assert capsys.readouterr().err == (
        "note: Triton needs compute capability 8.0, and V100 has 7.0, so neurons run as operations of torch, which is slower\n"
    )


@pytest.mark.usefixtures("_on_a_card")
@pytest.mark.skipif(not library.installed(), reason="Triton isn't installed")
def test_a_model_with_all_time_steps_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"constants": [{"name": "bias", "value": -1}], "learned": [{"name": "bias", "per": "step"}]}
    n = resolved(Neuron.model_validate({"model": "psn", "steps": 4, **fields}))
    weights = nn.Module()
    weights.w, weights.bias = torch.zeros(4, 4), torch.full((4,), -1.0)
    found = [neurons_over_time(n, [X], weights) for _ in range(2)]
    assert torch.equal(found[0], (X > 1).float())
    assert capsys.readouterr().err.splitlines() == [
        "note: neurons of `psn` run as operations of torch, which is slower than a kernel: its equations have all time steps"
        " at once"
    ]


@pytest.mark.usefixtures("_on_a_card")
@pytest.mark.skipif(not library.installed(), reason="Triton isn't installed")
def test_a_model_whose_equations_are_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def halved(current: Tensor, _: object, __: object) -> tuple[Tensor, Tensor, tuple[Tensor]]:
        return current, current / 2, (current,)

    get, own = Registry.get, Dynamics(halved, 1)
    monkeypatch.setattr(Registry, "get", lambda self, name: own if self is DYNAMICS else get(self, name))
    result, _ = neurons(resolved(Neuron.model_validate({})), X, None, None)
    assert torch.equal(result, X / 2)
    assert capsys.readouterr().err.splitlines() == [
        "note: neurons of `lif` run as operations of torch, which is slower than a kernel: its equations are functions of"
        " Python"
    ]
