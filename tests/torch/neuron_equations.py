"""The equations of the neuron models as loops over time steps in float64, which autograd differentiates."""

import torch


class Count(torch.autograd.Function):
    """Number of the thresholds `places` that u exceeds; the surrogate is superspike(b): 1 / (b * |x| + 1)^2 at each.

    A spike is smoothed by its integral, x / (b * |x| + 1), whose derivative by b is -x * |x| / (b * |x| + 1)^2.
    """

    @staticmethod
    def forward(ctx, u, b, reached, *places):
        ctx.save_for_backward(u, b, *places)
        return sum((u >= p if reached else u > p).to(u.dtype) for p in places)

    @staticmethod
    def backward(ctx, *grads):
        u, b, *places = ctx.saved_tensors
        slopes = [1 / (b * (u - p).abs() + 1) ** 2 for p in places]
        by_b = sum(-(u - p) * (u - p).abs() * s for s, p in zip(slopes, places, strict=True))
        return (
            grads[0] * sum(slopes),
            (grads[0] * by_b).sum_to_size(b.shape),
            None,
            *[(-grads[0] * s).sum_to_size(p.shape) for s, p in zip(slopes, places, strict=True)],
        )


def run(model, current, state, v, *, decay, threshold, reset="hard", detach=False, b=3.0, at="above", scaled=False, levels=1,
        fires=True, adaptation=None, adaptation_decay=None, current_decay=None):  # fmt: skip
    """Results and potentials [T, ...] of a model, and v and its other state after the last step."""
    results, potentials = [], []
    b = torch.as_tensor(b, dtype=torch.float64)
    for step in current:
        state = current_decay * state + step if model == "cuba" else state
        charge = state if model == "cuba" else step
        u = (v if reset == "late" else decay * v) + ((1 - decay) * charge if scaled else charge)
        base = threshold + adaptation * state if model == "alif" else threshold
        shift = 0.5 if at == "nearest" else 0.0
        places = [(k - shift) * (base + torch.zeros_like(u)) for k in range(1, levels + 1)]
        y = Count.apply(u, b, at != "above", *places)
        first = Count.apply(u, b, at != "above", threshold + torch.zeros_like(u)) if levels > 1 else y
        if not fires:
            y, v = u, (decay if reset == "late" else 1) * u
        elif reset == "hard":
            v = u * (1 - (first.detach() if detach else first))
        else:
            v = (decay if reset == "late" else 1) * u - threshold * (y.detach() if detach else y)
        if model == "alif":
            state = adaptation_decay * state + (y if fires else 0)
        results.append(y)
        potentials.append(u)
    return torch.stack(results), torch.stack(potentials), v, state
