"""Exports and readers of weights with one wrong line each, by the check that must find it: what, where, right, wrong."""

from collections.abc import Mapping

from changed_code import Mistake

NIR, EXPORTING, KERNELS, MODULES = ("backends.nir", *(f"backends.torch.{name}" for name in ("exporting", "kernels", "modules")))

IN_EXPORTS: Mapping[str, tuple[Mistake, ...]] = {
    "steps": (
        ("a soft reset takes away 1", f"{KERNELS}.stateful:_lif", "u - n.threshold * spikes", "u - spikes"),
        (
            "a potential that never fires forgets",
            f"{KERNELS}.stateful:_potential",
            "real(xs[0]) + call",
            "real(xs[0]) + 0 * call",
        ),
    ),
    "file of weights": (
        ("a step's soft reset takes away 1", f"{KERNELS}.stateful:_lif", "u - n.threshold * spikes", "u - spikes"),
        ("a step's hard reset leaves the potential", f"{KERNELS}.stateful:_lif", "u.masked_fill(fired, 0)", "u"),
        ("a mean counts each step twice", f"{KERNELS}.stateful:_over_time", "(total, steps + 1)", "(total, steps + 2)"),
        (
            "a loop carries the value that it was given",
            f"{EXPORTING}.step:StreamingStep.forward",
            "values[source] for",
            "values[name] for",
        ),
        (
            "weights are rounded",
            "backends.torch.deployed_file:deployed_content",
            "tensor.detach().cpu()",
            "tensor.detach().cpu().half().float()",
        ),
    ),
    "program of torch": (
        (
            "a count of spikes is one too small",
            f"{EXPORTING}.decompositions:count_spikes",
            "torch.ceil(u / threshold) - 1",
            "torch.floor(u / threshold) - 1",
        ),
        ("a bias is left out", f"{EXPORTING}.decompositions:convolve", "if biases else None", "if not biases else None"),
    ),
    "module as text": (
        (
            "a layer without autapses is one with them",
            "backends.python.rules.convolutions:linear",
            '"nn.Linear" if op.autapses else place.help("LinearWithoutAutapses")',
            '"nn.Linear"',
        ),
        (
            "an error function is a hyperbolic tangent",
            "backends.python.rules.elementwise:function",
            "{place.op.name}(",
            "tanh(",
        ),
        (
            "channels are dealt to the steps in turn",
            "backends.python.rules.steps:channels_to_time",
            "-1)).transpose(0, 1)",
            "-1)).flip(1).transpose(0, 1)",
        ),
        (
            "learned numbers are those of another layer",
            "backends.python.rules.learned:learned",
            '{"value": Tensor("value")}',
            "{}",
        ),
    ),
    "nir: no autapses": (
        (
            "a neuron is connected with itself",
            f"{NIR}.rules.layers:linear",
            "np.where(np.eye(len(weight), dtype=bool), 0, weight)",
            "weight",
        ),
    ),
    "nir: signs": (
        (
            "excitatory weights are inhibitory",
            f"{NIR}.rules.layers:conv",
            'np.abs(weight) if sign == "excitatory" else -np.abs(weight)',
            '-np.abs(weight) if sign == "excitatory" else np.abs(weight)',
        ),
    ),
    "nir: pools": (
        (
            "a group of voters is every k-th channel",
            f"{NIR}.rules.channels:vote",
            "np.repeat(np.eye(node.value.channels, dtype=np.float32), node.op.voters, axis=1)",
            "np.tile(np.eye(node.value.channels, dtype=np.float32), (1, node.op.voters))",
        ),
    ),
    "nir: averages with padding": (
        ("padding counts twice", f"{NIR}.rules.pooling:_average", "(whole / counts)", "(counts / whole)"),
    ),
    "nir: maximum of spikes": (("a maximum needs two spikes", f"{NIR}.rules.pooling:_maximum", "unit / 2", "unit * 1.5"),),
    "nir: strides": (
        (
            "the current isn't scaled for its time constant",
            f"{NIR}.neurons:made",
            "dt / (1 - decay), gain / (1 - decay)",
            "dt / (1 - decay), gain",
        ),
    ),
}
IN_READERS: Mapping[str, tuple[Mistake, ...]] = {
    "folded norms": (
        ("an epsilon is left out", f"{MODULES}.fold:fold_norm", "torch.sqrt(var + eps)", "torch.sqrt(var)"),
        ("a summand is left out", f"{MODULES}.fold:fold_norm", "centred * scale + beta", "centred * scale"),
        ("a bias is left out", f"{MODULES}.fold:fold_norm", "else bias - mean", "else -mean"),
        ("a mean is added", f"{MODULES}.fold:fold_norm", "-mean if", "mean if"),
        ("an epsilon is that of other norms", "backends.torch.fold:load_folded", 'float(node.notes["eps"])', "1e-5"),
        ("the sign of weights is lost", "backends.torch.fold:load_folded", 'str(node.notes.get("sign", "any"))', '"any"'),
        (
            "a norm without a factor has its variance as one",
            "backends.torch.fold:load_folded",
            'torch.ones_like(trained[f"{norm}.running_mean"])',
            'trained[f"{norm}.running_var"]',
        ),
    ),
    "weights in float64": (
        (
            "they are rounded when a file is read",
            "backends.torch.train.checkpoint:_read",
            "tensor.clone() for",
            "tensor.clone().float() for",
        ),
        ("they are rounded by the network", "backends.torch.trained:with_weights", "model = model.double()", "model = model"),
    ),
    "module of torch": (
        ("an epsilon is that of other norms", "foreign.known.norms:batch_norm", '"eps": layer.eps', '"eps": 1e-5'),
        ("groups are lost", "foreign.known.layers:conv", '"groups": groups', '"groups": 1'),
        (
            "the axes of a padding are exchanged",
            "foreign.known.layers:conv",
            "one_or_each(padding, axes)",
            "one_or_each(padding[::-1], axes)",
        ),
    ),
    "module of torch over time": (
        (
            "a diagonal that stays 0 is learned",
            "foreign.known.layers:autapses",
            '{"autapses": False} if weight._backward_hooks else {}',
            "{}",
        ),
        ("an error function is a hyperbolic tangent", "foreign.known.functions:erf", '"erf"', '"tanh"'),
        (
            "learned numbers stand in the order of the tensor",
            "foreign.held:held",
            "None if numbers == list(range(count)) else tuple(numbers)",
            "None",
        ),
        (
            "channels of steps are in the order of the channels",
            "foreign.known.time_steps:as_channels",
            'Part("C", steps, layout.channels)',
            'Part("C", steps, 1)',
        ),
    ),
    "nir: chain": (
        (
            "weights are transposed",
            f"{NIR}.importing:import_graph",
            "np.asarray(given, np.float32).reshape(shape)",
            "np.asarray(given, np.float32).T.reshape(shape)",
        ),
        (
            "a decay is an exponential",
            f"{NIR}.neuron_forms:Numbers.decay",
            "1 - self.dt / self.of(tau)",
            "np.exp(-self.dt / self.of(tau))",
        ),
    ),
}
