"""A trial step equals the optimizer's step, and changes nothing."""

import pytest
import torch

from spikegraph.backends.torch.train.trial import trial_step

RULES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.99), weight_decay=0.05),
    "groups": lambda p: torch.optim.SGD([{"params": p[:1], "lr": 0.5}, {"params": p[1:], "momentum": 0.5}], lr=0.1),
}


@pytest.mark.parametrize("warm", [0, 1, 3])
@pytest.mark.parametrize("clip", [None, 0.7])
@pytest.mark.parametrize("rule", RULES)
def test_it_is_the_optimizers_own_step(rule: str, clip: float | None, warm: int) -> None:
    torch.manual_seed(0)
    parameters = [torch.nn.Parameter(torch.randn(3, 2, dtype=torch.float64)) for _ in range(3)]
    optimizer = RULES[rule](parameters)
    for _ in range(warm):
        for p in parameters:
            p.grad = torch.randn_like(p)
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    chosen = parameters[:2]
    gradients = [torch.randn_like(p) for p in chosen]
    given = [g.clone() for g in gradients]
    before = [p.detach().clone() for p in parameters]
    states = [{k: v.clone() for k, v in optimizer.state[p].items() if v is not None} for p in parameters]
    found = trial_step(optimizer, chosen, gradients, clip)

    assert all(torch.equal(a, b) for a, b in zip(before, parameters, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(given, gradients, strict=True))
    assert all(p.grad is None for p in parameters)
    for p, state in zip(parameters, states, strict=True):
        now = {k: v for k, v in optimizer.state[p].items() if v is not None}
        assert now.keys() == state.keys()
        assert all(torch.equal(now[k], state[k]) for k in state)

    for p, g in zip(chosen, gradients, strict=True):
        p.grad = g.clone()
    if clip is not None:
        torch.nn.utils.clip_grad_norm_(chosen, clip)
    optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(found, chosen, strict=True))
    assert not torch.equal(found[0], before[0])
    assert not any(f.requires_grad for f in found)


@pytest.mark.parametrize("rule", RULES)
def test_a_fresh_step_is_the_first_one(rule: str) -> None:
    torch.manual_seed(0)
    parameters = [torch.nn.Parameter(torch.randn(3, 2, dtype=torch.float64)) for _ in range(3)]
    gradients = [torch.randn_like(p) for p in parameters]
    expected = trial_step(RULES[rule](parameters), parameters, gradients)
    optimizer = RULES[rule](parameters)
    for p in parameters:
        p.grad = torch.randn_like(p)
    before = [p.detach().clone() for p in parameters]
    optimizer.step()
    with torch.no_grad():
        for p, value in zip(parameters, before, strict=True):
            p.copy_(value)
    found = trial_step(optimizer, parameters, gradients, fresh=True)
    assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
    present = trial_step(optimizer, parameters, gradients)
    assert torch.equal(found[0], present[0]) == (rule in ("sgd", "groups"))


def test_a_parameter_of_another_optimizer() -> None:
    own, other = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    with pytest.raises(ValueError, match="doesn't belong to the optimizer"):
        trial_step(torch.optim.SGD([own], lr=0.1), [other], [torch.ones(1)])
