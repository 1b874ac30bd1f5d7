"""Gradients with one wrong line each, by the check that must find it: what, where, right, wrong."""

from collections.abc import Mapping

from changed_code import Mistake
from wrong_kernels import KERNELS, MODULES, NATIVE

IN_GRADIENTS: Mapping[str, tuple[Mistake, ...]] = {
    "surrogates": (
        ("a derivative is twice as large", f"{MODULES}.surrogate_gradient:_dspike", "b / (2 * (", "b / (1 * ("),
        ("a derivative has the other sign", f"{MODULES}.surrogate_gradient:_arctan", "(b / 3)", "(b / -3)"),
    ),
    "detached reset": (
        (
            "a detached reset has a gradient",
            f"{MODULES}.lif:_step_backward",
            "grad_carried is not None and not neuron.detach_reset",
            "grad_carried is not None",
        ),
    ),
    "compiled gradients": (
        ("a detached reset has a gradient in compiled code", f"{NATIVE}.neuron_passes:backward", "int(detach_reset)", "0"),
        (
            "the gradients of a norm's factor and summand are exchanged",
            f"{NATIVE}.neuron:_gradients",
            "weight, bias = rows",
            "bias, weight = rows",
        ),
    ),
    "learned thresholds": (
        (
            "all spikes count the threshold's gradient once",
            f"{MODULES}.firing:_backward",
            "to_threshold -= m * slope",
            "to_threshold -= slope",
        ),
    ),
    "learned surrogates": (
        (
            "b has the gradient of the last of several spikes",
            f"{MODULES}.firing:_backward",
            "to_b += gradient",
            "to_b = gradient",
        ),
    ),
    "fused neurons of any model": (
        (
            "the factors of all norms have the gradient of the first",
            f"{NATIVE}.generated.sequence:_Sequence.backward",
            "row in (1 + k, 0)",
            "row in (1, 0)",
        ),
    ),
    "generated gradients": (
        (
            "the gradient of a state isn't passed to the step before",
            f"{NATIVE}.generated.source:source_of",
            "enumerate(reverse.before)]",
            "enumerate(reverse.before[:-1])]",
        ),
        (
            "b of a surrogate has the gradient of the other side of the threshold",
            f"{NATIVE}.generated.source:_Printer.expression",
            "by_b<{surrogate}, A>({u} - {threshold}",
            "by_b<{surrogate}, A>({threshold} - {u}",
        ),
    ),
    "slope of a mean": (
        (
            "a mean over time has the gradient of a sum",
            f"{KERNELS}.reduction:_over_time",
            "found / count",
            "found - (found - found / count).detach()",
        ),
    ),
    "slope of numbers": (
        (
            "learned numbers have the mean of two samples' gradients, not the sum",
            f"{KERNELS}.learned:learned",
            "value.expand",
            "(value / 2 + value.detach() / 2).expand",
        ),
    ),
    "compared values": (
        (
            "the gradient of the value that `to` names counts twice",
            "backends.torch.train.losses:Term._call",
            "values[self.other].expand_as",
            "(2 * values[self.other] - values[self.other].detach()).expand_as",
        ),
        (
            "of the value that `to` names all steps are the last one",
            "backends.torch.train.losses:Term._call",
            "values[self.other].expand_as(values[self.wanted])",
            "values[self.other][-1:].expand_as(values[self.wanted])",
        ),
    ),
    "slope of a volume": (
        (
            "the gradient of the right view isn't shifted",
            f"{MODULES}.volume:_backward",
            "shifted[..., d, :, d:]",
            "shifted[..., d, :, : width - d]",
        ),
    ),
    "slope of potentials": (
        (
            "a gradient doesn't decay over time",
            f"{MODULES}.leaky:_backward",
            "grad_current[t + 1], alpha=ctx.decay",
            "grad_current[t + 1], alpha=1.0",
        ),
    ),
}
