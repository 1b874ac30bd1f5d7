"""Norms."""

from spikegraph.backends.python.holes import hole, option
from spikegraph.backends.python.rule_table import STATISTICS, WEIGHT_AND_BIAS, Layer, Place, Tensor, Tensors, rule
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.rates import RateScale


@rule(Norm)
def norm(place: Place[Norm]) -> Layer | tuple[Layer, ...]:
    """`nn.BatchNorm2d` or what the kind of norm is; a factor for each step is behind it."""
    op, text = place.op, _plain(place)
    tensors: Tensors = WEIGHT_AND_BIAS if op.affine else {}
    tensors = {**tensors, **STATISTICS} if op.kind == "batch" else tensors
    if op.scale != 1:
        text = f"{place.help('scaled')}({text}, {hole('scale', op.scale)})"
    own = Layer(text, tensors, each_step=op.kind != "layer" or place.axes > 0)
    if op.steps is None:
        return own
    factor = f"{place.help('StepFactor')}({hole('steps', op.steps)})"
    return own, Layer(factor, {"weight": Tensor("step_weight")}, in_loop="{self}.at({x}, {t})")


def _plain(place: Place[Norm]) -> str:
    op, axes, channels = place.op, place.axes, hole("channels", place.x.channels)
    eps = option("eps", op.eps, 1e-5)
    affine = "" if op.affine else ", affine=False"
    match op.kind:
        case "batch":
            options = f"{eps}{option('momentum', float(op.momentum), 0.1)}{affine}"
            if op.margin:
                return f"{place.help(f'MarginNorm{axes}d')}({channels}, {hole('margin', op.margin)}{options})"
            return f"nn.BatchNorm{max(axes, 1)}d({channels}{options})"
        case "instance":
            return f"nn.InstanceNorm{axes}d({channels}{eps}{', affine=True' if op.affine else ''})"
        case "plane":
            return f"{place.help('PlaneNorm')}({channels}{eps}{affine})"
        case "layer":
            if not axes:
                return f"nn.LayerNorm({channels}{eps}{'' if op.affine else ', elementwise_affine=False'})"
            return f"{place.help('ChannelNorm')}({channels}{eps}{affine})"


@rule(RateScale)
def rate_scale(place: Place[RateScale]) -> Layer:
    """A layer of the module, with its running rate."""
    op, axes, other = place.op, place.axes, len(place.node.operand_values[1].size)
    text = f"{place.help('RateScale')}({hole('heads', op.heads)}, {hole('terms', op.terms)}"
    text += option("momentum", float(op.momentum), 0.001)
    text += "" if axes == other == 2 else f", axes={axes}, other_axes={other}"
    return Layer(f"{text})", {"running_rate": Tensor("running_rate")})
