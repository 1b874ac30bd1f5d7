"""Seeds and settings that make a run reproducible."""

import random
from pathlib import Path

import numpy as np
import pytest
import tiny_search
import torch

import spikegraph
from spikegraph.backends.torch.train.device import device_of
from spikegraph.backends.torch.train.random_state import random_state, restore_random_state
from spikegraph.backends.torch.train.seeding import derive, generator, reproducible, seed_all
from spikegraph.base.errors import ArgumentError, TrainError


def drawn() -> tuple[float, float, float]:
    """A number of each global generator."""
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_seeds_are_the_same_everywhere_and_differ_by_purpose() -> None:
    assert derive(0, "search", 1) == 5317825131471214940
    assert len({derive(s, p, e) for s in (0, 1) for p in ("search", "retrain") for e in range(50)}) == 200


def test_a_generator_does_not_touch_the_global_one() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = torch.rand(3, generator=generator(4, "x"))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, torch.rand(3, generator=generator(4, "x")))


@pytest.mark.parametrize("type", ["mps", "cuda"])
def test_the_generator_of_an_accelerator_is_saved_and_restored(type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none here, so a tensor stands for its state."""
    device, held, module = torch.device(type), [torch.tensor([1, 2], dtype=torch.uint8)], getattr(torch, type)
    monkeypatch.setattr(module, "get_rng_state", lambda of: held[-1])
    monkeypatch.setattr(module, "set_rng_state", lambda state, of: held.append(state))
    tensors, values = random_state(device)
    held.append(torch.tensor([3, 4], dtype=torch.uint8))
    restore_random_state(tensors, values, device)
    assert held[-1].tolist() == [1, 2]
    older = {name: tensor for name, tensor in tensors.items() if name != type}
    restore_random_state(older, values, device)
    assert len(held) == 3


def test_every_generator_is_seeded() -> None:
    def draw() -> tuple[float, float, float]:
        seed_all(derive(9, "here"))
        return drawn()

    assert draw() == draw()


@pytest.mark.parametrize("name", ["fit", "search"])
def test_training_leaves_the_generators_of_its_caller(tmp_path: Path, name: str) -> None:
    """A learning rate that a caller draws for each of several trainings was the same in all but the first."""
    program, train = tiny_search.made(tmp_path, "random(2)"), getattr(spikegraph, name)

    def interrupt(_: object) -> None:
        raise spikegraph.Interrupted

    seed_all(5)
    expected = [drawn() for _ in range(3)]
    seed_all(5)
    found = [drawn()]
    train(program, data=tmp_path / "data", out=tmp_path / "run")
    found.append(drawn())
    with pytest.raises(spikegraph.Interrupted):
        train(program, data=tmp_path / "data", out=tmp_path / "other", on_step=interrupt)
    assert [*found, drawn()] == expected


def test_settings_are_put_back() -> None:
    before = torch.are_deterministic_algorithms_enabled()
    with pytest.raises(ZeroDivisionError), reproducible(torch.device("cpu")):
        assert torch.are_deterministic_algorithms_enabled()
        raise ZeroDivisionError
    assert torch.are_deterministic_algorithms_enabled() == before


def test_devices() -> None:
    assert device_of("cpu") == torch.device("cpu")
    with pytest.raises(ArgumentError, match="is 'abacus'; the choices are `cpu`, `cuda`, `cuda:0` and `mps`"):
        device_of("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(TrainError, match="the device `cuda:3` can't be used"):
            device_of("cuda:3")
