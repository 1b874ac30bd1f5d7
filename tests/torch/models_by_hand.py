"""Neuron models as their papers write them, as loops over time steps in float64, which autograd differentiates."""

import torch


class Spike(torch.autograd.Function):
    """1 where x has reached 0; the derivative is 1 / (1 + (pi * x)^2), that of the surrogate arctan(b = 3)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):  # pyright: ignore[reportIncompatibleMethodOverride]
        (x,) = ctx.saved_tensors
        return grad / (1 + (torch.pi * x) ** 2)


spike = Spike.apply


def alpha(current, n):
    """Rall 1967: the difference of two traces with decays of which one is a part of the other, scaled."""
    slow = fast = torch.zeros_like(current[0])
    beta = n["slow"] * n["ratio"]
    scale = n["slow"].log() / (beta.log() - n["slow"].log()) + 1
    for x in current:
        slow, fast = n["slow"] * slow + x, beta * fast + x
        y = spike(scale * (slow - fast) - n["threshold"])
        slow, fast = slow * (1 - y), fast * (1 - y)
        yield y, (slow, fast)


def adaptive(current, n):
    """Bittar and Garner 2022: w[t] = beta w[t-1] + a u[t-1] + b s[t-1], and

    u[t] = alpha (u[t-1] - s[t-1]) + (1 - alpha) (I[t] - w[t]).
    """
    u = w = y = torch.zeros_like(current[0])
    for x in current:
        w = n["adaptation_decay"] * w + n["by_potential"] * u + n["by_spike"] * y
        u = n["decay"] * (u - y) + (1 - n["decay"]) * (x - w)
        y = spike(u - n["threshold"])
        yield y, (u, w, y)


def balanced(current, n):
    """Higuchi et al. 2024: b = p(omega) - b' - q, with p(omega) = (-1 + sqrt(1 - (dt omega)^2)) / dt; threshold 1 + q."""
    x = z = q = torch.zeros_like(current[0])
    dt, omega = n["dt"], n["omega"]
    for now in current:
        b = (-1 + (1 - (dt * omega) ** 2).sqrt()) / dt - n["damping"] - q
        x, z = x + b * x * dt - omega * z * dt + now * dt, z + omega * x * dt + b * z * dt
        y = spike(x - n["threshold"] - q)
        q = n["refractory_decay"] * q + y
        yield y, (x, z, q)


def liquid(current, n):
    """Yin et al. 2023: 1 / tau = sigmoid(w_I I[t] + w_u u[t-1] + b); u[t] = u[t-1] + (I[t] - u[t-1]) / tau."""
    u = torch.zeros_like(current[0])
    for x in current:
        tau = 1 + torch.exp(-(n["by_input"] * x + n["by_potential"] * u + n["offset"]))
        u = u + (x - u) / tau
        y = spike(u - n["threshold"])
        u = u * (1 - y)
        yield y, (u,)


def multiplied(current, n):
    """Bohte 2012: a threshold theta rises by a share of its value at each spike and decays to its least value."""
    v, theta = torch.zeros_like(current[0]), n["threshold"] + torch.zeros_like(current[0])
    for x in current:
        u = n["decay"] * v + x
        y = spike(u - theta)
        v = u - theta * y
        theta = n["threshold"] + n["adaptation_decay"] * (theta - n["threshold"]) + n["adaptation"] * theta * y
        yield y, (v, theta / n["threshold"] - 1)


def two_compartments(current, n):
    """Zhang et al. 2024, whose dendrite takes all of the input; after a spike the soma is less by the threshold, d by gamma."""
    d = s = torch.zeros_like(current[0])
    for x in current:
        d = d - n["b1"] * s + x
        s = s + n["b2"] * d
        y = spike(s - n["threshold"])
        yield y, (d, s - n["threshold"] * y)
        d, s = d - n["gamma"] * y, s - n["threshold"] * y


def simple(current, n):
    """Izhikevich 2003: v' = 0.04 v^2 + 5 v + 140 - w + I; w' = a (b v - w); at a spike v = c and w = w + d."""
    v = n["c"] + torch.zeros_like(current[0])
    w = n["b"] * v
    for x in current:
        v = v + n["dt"] * (0.04 * v**2 + 5 * v + 140 - w + x)
        w = w + n["dt"] * n["a"] * (n["b"] * v - w)
        y = spike(v - n["threshold"])
        v, w = v + y * (n["c"] - v), w + n["d"] * y
        yield y, (v, w)


BY_HAND = {
    "alpha": alpha, "adlif": adaptive, "brf": balanced, "izhikevich": simple, "ltc": liquid, "malif": multiplied,
    "tclif": two_compartments,
}  # fmt: skip
"""(currents [T, N, C, *size], numbers by name) -> at each step the spikes and the states after it."""
