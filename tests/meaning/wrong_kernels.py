"""Kernels with one wrong line each, by the check that must find it: what, where, right, wrong."""

from collections.abc import Mapping

from changed_code import Mistake

KERNELS, MODULES, NATIVE = (f"backends.torch.{name}" for name in ("kernels", "modules", "native"))

IN_KERNELS: Mapping[str, tuple[Mistake, ...]] = {
    "conv": (
        (
            "of an even reach the larger half of the padding is before",
            f"{MODULES}.general_convolution:padded_convolution",
            "for p in pair]",
            "for p in pair[::-1]]",
        ),
        ("the bias is added twice", f"{MODULES}.convolution:_forward", "joined(biases) if", "2 * joined(biases) if"),
    ),
    "transposed": (
        (
            "channels are dealt to the groups in turn",
            f"{MODULES}.general_convolution:padded_transposed",
            "weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2)",
            "weight.reshape(-1, groups, *weight.shape[1:]).permute(1, 2, 0, *range(3, weight.dim() + 1))",
        ),
    ),
    "norm": (
        ("the variance of an instance is unbiased", f"{KERNELS}.weighted:unbatched", "correction=0", "correction=1"),
        ("an epsilon is left out", f"{KERNELS}.weighted:unbatched", "variance + op.eps", "variance"),
        (
            "the factors of the steps are those of the steps from the end",
            f"{KERNELS}.weighted:norm",
            "factors[start:end]",
            "factors[start:end].flip(0)",
        ),
    ),
    "resize": (
        ("corners are aligned", f"{KERNELS}.spatial:resized", "align_corners=False", "align_corners=True"),
        (
            "the nearest pixel is that of centres",
            f"{MODULES}.resize:resize_nearest",
            'F.interpolate(joined_steps(x), size=size, mode="nearest")',
            'F.interpolate(joined_steps(x), size=size, mode="nearest-exact")',
        ),
    ),
    "pool": (("an average counts its padding", f"{KERNELS}.spatial:pool", " / MEAN[axes](ones, kernel, stride)", ""),),
    "cost_volume": (
        (
            "the right view is shifted to the left",
            f"{MODULES}.volume:_forward",
            "right[..., :inside]",
            "right[..., width - inside :]",
        ),
    ),
    "estimate": (
        (
            "the mean of all planes counts planes, not pixels",
            f"{MODULES}.subpixel:mean_disparity",
            "step * torch.arange",
            "torch.arange",
        ),
    ),
    "attend": (
        ("one of the two orders of products isn't scaled", f"{KERNELS}.products:attend", "-2)) @ q", "-2)) @ q / op.scale"),
    ),
    "vote": (
        (
            "a group of voters is every k-th channel",
            f"{KERNELS}.reduction:vote",
            "(-1, call.node.op.voters)).mean(channels)",
            "(call.node.op.voters, -1)).mean(channels - 1)",
        ),
    ),
    "reduce": (
        (
            "a head has every k-th channel",
            f"{KERNELS}.reduction:reduce",
            "(op.heads, -1)), channels), None",
            "(-1, op.heads)), channels - 1), None",
        ),
        (
            "a sum over the heads is one within each head",
            f"{KERNELS}.reduction:reduce",
            "-1)), channels - 1)",
            "-1)), channels)",
        ),
        ("only one axis is reduced", f"{KERNELS}.reduction:reduce", "tuple(range(-axes, 0))", "-1"),
        ("a sum over time is a mean", f"{KERNELS}.reduction:_over_time", 'if op.by != "mean"', 'if op.by == "max"'),
    ),
    "spread": (
        (
            "all channels are repeated one after the other",
            f"{KERNELS}.wiring:spread",
            "repeated.flatten(at - 1, at)",
            "repeated.transpose(at - 1, at).flatten(at - 1, at)",
        ),
    ),
    "split": (
        ("a part has a channel of the one before", f"{KERNELS}.wiring:split", "first, end - first)", "first - 1, end - first)"),
    ),
    "linear": (
        (
            "a channel takes itself where there are no autapses",
            f"{KERNELS}.weighted:linear",
            "weight.masked_fill(torch.eye(len(weight), dtype=torch.bool, device=weight.device), 0)",
            "weight.clone()",
        ),
    ),
    "erf": (("it is that of the normal distribution", f"{KERNELS}.elementwise:erf", "real(xs[0])", "real(xs[0]) / 2**0.5"),),
    "learned": (("rows are turned round", f"{KERNELS}.learned:learned", "value.expand", "value.flip(-1).expand"),),
    "time_to_channels": (
        (
            "each channel has all of its steps in a row",
            f"{KERNELS}.steps:time_to_channels",
            "torch.cat(parts).transpose(0, 1).flatten(1, 2)",
            "torch.cat(parts).movedim(0, 2).flatten(1, 2)",
        ),
        ("a shorter sequence begins with zeros", f"{KERNELS}.steps:time_to_channels", "parts.append(", "parts.insert(0, "),
    ),
    "steps as channels": (
        (
            "the channels are dealt to the steps in turn",
            f"{KERNELS}.steps:channels_to_time",
            "torch.unflatten(xs[0], 1, (most, -1)).transpose(0, 1)",
            "torch.unflatten(xs[0], 1, (-1, most)).movedim(2, 0)",
        ),
    ),
    "sub": (("the operands are exchanged", f"{KERNELS}.elementwise:sub", "x - y", "y - x"),),
    "mean": (
        (
            "a mean over time divides by one step less",
            f"{KERNELS}.reduction:_over_time",
            "found / count",
            "real(found) / (count - 1)",
        ),
    ),
    "neurons": (
        (
            "a potential doesn't decay before a soft reset",
            "equations.expansion:_Expansion.term",
            'keys.reset == "late" else folded',
            'keys.reset != "hard" else folded',
        ),
        (
            "a hard reset takes away the potential for each of several spikes",
            "equations.expansion:_Expansion._reset",
            "hard and (reset.several or keys.levels > 1)",
            "hard and (reset.several or keys.levels > 256)",
        ),
        (
            "a soft reset takes away one threshold for several spikes",
            "equations.expansion:_Expansion._reset",
            "self.term(reset.by), y)",
            'self.term(reset.by), Apply("min", (y, ONE)))',
        ),
        (
            "a neuron that fires at its threshold must exceed it",
            f"{MODULES}.firing:_forward",
            "u >= threshold if",
            "u > threshold if",
        ),
        (
            "a learned decay is an exponential",
            f"{MODULES}.neuron_models:learned_number",
            "FORMS[form.function]",
            'FORMS["exp"]',
        ),
    ),
    "loops": (
        (
            "a value of the step before is that of two steps before",
            f"{KERNELS}.recurrent:previous",
            "before.unsqueeze(0).to(x.dtype), x[:-1]",
            "before.expand(2, *before.shape), x[:-2]",
        ),
        (
            "a loop begins anew at each step",
            "backends.torch.plan:Loop.run",
            "now[source].squeeze(0) for",
            "torch.zeros_like(now[source].squeeze(0)) for",
        ),
    ),
    "cells in training": (
        (
            "running statistics are the batch's mean and the inverse of its deviation",
            f"{NATIVE}.statistics:keep_statistics",
            "affines[:, 4:]",
            "affines[:, 2:4]",
        ),
        (
            "joined norms keep their running means",
            f"{KERNELS}.weighted:write_back",
            "leaf.running_mean.copy_(mean)",
            "leaf.running_mean",
        ),
    ),
    "trellis": (
        ("shares are taken over edges instead of candidates", f"{KERNELS}.wide:fan", "op.edges), dim=1)", "op.edges), dim=0)"),
        ("a path goes up where it goes down", f"{KERNELS}.wiring:route", "op.level - s + 1", "s - op.level + 1"),
    ),
    "blocks": (
        (
            "decay and threshold are exchanged",
            f"{NATIVE}.neuron_passes:forward",
            "p.doubles(decay, threshold)",
            "p.doubles(threshold, decay)",
        ),
        ("all terms have the first one's norm", f"{NATIVE}.neuron_passes:_each", "affines[sum(normed[:k])]", "affines[0]"),
    ),
    "fused neurons of any model": (
        (
            "the terms of a second current are normed by the statistics of the first",
            f"{NATIVE}.generated.sequence:_Sequence.forward",
            "[rows[k] for k, *_ in normed]",
            "[rows[0] for k, *_ in normed]",
        ),
    ),
    "joined neurons of any model": (
        (
            "groups of channels have the learned numbers of each other",
            f"{KERNELS}.activation:parameters_of",
            "for leaf in leaves]",
            "for leaf in leaves[::-1]]",
        ),
    ),
    "sparse convolution": (("height and width are exchanged", f"{NATIVE}.sparse:_geometry", "*size[-2:]", "*size[:-3:-1]"),),
}
