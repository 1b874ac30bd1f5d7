"""Functions that fire, with gradients of their own."""

import torch


class Window(torch.autograd.Function):
    """Fires above 1/2; its gradient is 1 within a window."""

    @staticmethod
    def forward(ctx, potential):
        ctx.save_for_backward(potential)
        return potential.gt(0.5).float()

    @staticmethod
    def backward(ctx, *gradients):
        (potential,) = ctx.saved_tensors
        inside = abs(potential - 0.5) < 0.5
        return gradients[0].clone() * inside.float()


class Slope(torch.autograd.Function):
    """Fires above 0; its gradient is that of a fast sigmoid."""

    @staticmethod
    def forward(ctx, distance):
        ctx.save_for_backward(distance)
        return (distance > 0).float()

    @staticmethod
    def backward(ctx, *gradients):
        (distance,) = ctx.saved_tensors
        return gradients[0] / (10 * distance.abs() + 1) ** 2


class Tent(torch.autograd.Function):
    """Fires above 0; its gradient is a triangle with a width that is given."""

    @staticmethod
    def forward(ctx, distance, width):
        ctx.save_for_backward(distance, torch.tensor([width]))
        return (distance > 0).float()

    @staticmethod
    def backward(ctx, *gradients):
        distance, width = ctx.saved_tensors
        half = width[0].item()
        return gradients[0] * (half - distance.abs()).clamp(min=0) / half**2, None
