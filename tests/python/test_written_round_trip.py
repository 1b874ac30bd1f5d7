"""Modules that were exported come in again: unchanged ones as the very spec, changed ones as what their code computes."""

from collections import Counter
from types import ModuleType

import pytest
import torch
from torch import nn

from spikegraph import from_torch
from spikegraph.backends.torch.foreign.exported import exported
from spikegraph.cli.entry import run
from spikegraph.foreign.errors import ForeignError
from spikegraph.ir.canonical import fingerprint
from spikegraph.program.program import Program

from ..sampled import sampled
from .judged import GAINS, SPECS, STEPS, Case, fewer_numbers, program

COMPLETE = SPECS.parent / "tests" / "compat" / "0.1.0" / "runs" / "complete"
PATHS = {path.stem: path for path in sorted([*SPECS.glob("*.sdhs"), *(SPECS / "zoo").glob("*.sdhs")])}
LARGE = ("eis", "autodeeplab", "spike_yolo")
"""Systems that take long even on the smallest maps that they have, and that others resemble."""

SAMPLE = ("events", "plif_net", "srnn_shd", "vgg9", "psn_cifar10", "qkformer", "stereospike", "autosnn", "unet")
"""Systems that always come back: time steps of their own, learned numbers, wires through time, factors of steps, all steps at
once, masks of heads, two inputs, a random genotype of blocks, transposed convolutions."""


def code_of(text, folder):
    """The module of this text beside the weights in a folder; an import would take what it compiled of an earlier text."""
    code = ModuleType("net")
    code.__file__ = str(folder / "net.py")
    exec(compile(text, code.__file__, "exec", dont_inherit=True), vars(code))
    return code


def graph_of(text):
    return Program.of_text(text, "net.sdhs").checked("retrain").build("retrain").plain


def comes_back(name, folder):
    """Exports a system, imports it, and compares both."""
    own = fewer_numbers(program(PATHS[name]))
    case = Case(own, folder / name, gain=GAINS.get(name, 2.0), steps=STEPS.get(name, 3))
    module, inputs = code_of(case.module.text, folder / name).example()
    imported = from_torch(module, case.inputs if isinstance(inputs, list) else case.inputs[0])
    assert imported.exported
    assert not imported.compared.neurons or imported.compared.silent < imported.compared.neurons
    assert fingerprint(graph_of(imported.spec)) == fingerprint(case.graph)
    assert f'"""{DOC.format(case.graph.name)}\n\n{imported.spec}"""' == case.module.text.partition('"""\n\n')[0] + '"""'
    ours = case.model.state_dict()
    assert imported.weights.keys() == ours.keys()
    assert all(torch.equal(x, ours[key]) for key, x in imported.weights.items())
    back = imported.state_dict(imported.model())
    assert all(torch.equal(x, module.state_dict()[key]) for key, x in back.items())
    return imported


DOC = "The spiking neural network `{}`, from this spec of spikegraph:"


@pytest.mark.unchecked
@pytest.mark.parametrize("name", SAMPLE)
def test_the_same_spec_comes_back(tmp_path, name):
    """With the names and comments of its declarations, its training, equal weights, and equal results, spikes and gradients."""
    imported = comes_back(name, tmp_path)
    assert imported.compared.training == (name != "plif_net"), "dropout draws numbers of its own"


@pytest.mark.slow
@pytest.mark.unchecked
@pytest.mark.parametrize("name", sampled(sorted(PATHS.keys() - {*SAMPLE, *LARGE}), 6, never=LARGE))
def test_all_other_specs_come_back(tmp_path, name):
    comes_back(name, tmp_path)


READ = ("plif_net", "srnn_shd", "qkformer", "flow", "dh_snn")
"""Systems whose code is read back where it was changed: dropout by hand, wires through time, masks of heads, resized maps,
parts of channels."""

REFUSED = {
    **dict.fromkeys(("stereo", "dsec", "psmnet", "leastereo", "ddes", "ddes_snn", "eitnet", "eis"), "pad"),  # margins
    **dict.fromkeys(("psn_net", "psn_cifar10"), "`+`"),  # neurons that have all time steps at once
    **dict.fromkeys(("nasbench201", "snasnet_fw"), "[0]"),  # two time steps, of which the first is another one
    **dict.fromkeys(("snasnet_bw", "spike_yolo"), "its time steps aren't alike"),  # loops in loops, several levels
    "spikformer_v2": "ConstantPad2d",  # uneven margins
    "stereospike": "interpolate",  # maps that are cut
    "att_ms_resnet18": "expand",  # the same mean at each step
    "vgg9": "`*`",  # a factor for each step
    "meta_spikeformer": "mul",  # margins that are normed
    "spiking_resformer": "`*`",  # a running rate
    "dcls_shd": "sigmoid",  # learned delays
}
"""Systems whose code can't be read once it was changed, and a part of the message."""


def as_code(name, folder):
    """Exports a system, whose docstring is then lost, and reads its code."""
    path = folder / name
    case = Case(program(PATHS[name]), path, gain=GAINS.get(name, 2.0), steps=STEPS.get(name, 3), small=True)
    code = code_of(case.module.text.replace("from this spec", "from a spec"), path)
    steps = all(node.value.steps for node in case.graph.inputs().values())
    return case, from_torch(*code.example(), multi_step=True if steps else None)


@pytest.mark.unchecked
@pytest.mark.parametrize("name", READ)
def test_changed_code_is_read(tmp_path, name):
    """`from_torch` compares it, or raises an error; here the counts of weights and spikes are those of the spec."""
    case, imported = as_code(name, tmp_path)
    assert not imported.exported
    ours, theirs = (Counter(node.op.name for node in graph) for graph in (graph_of(imported.spec), case.graph))
    # Resizing to the size of another value may be upsampling by a factor too.
    assert ours["upsample"] + ours["resize"] == theirs["upsample"] + theirs["resize"]
    assert all(ours[op] == theirs[op] for op in ("dropout", "conv", "linear", "norm", "spread", "split"))
    numbers = sum(x.numel() for x in case.model.state_dict().values())
    assert sum(x.numel() for x in imported.weights.values()) == numbers


@pytest.mark.slow
@pytest.mark.unchecked
@pytest.mark.parametrize("name", sampled(sorted(PATHS.keys() - {*SAMPLE, *READ, *REFUSED, *LARGE}), 3))
def test_all_others_are_read(tmp_path, name):
    assert not as_code(name, tmp_path)[1].exported


@pytest.mark.slow
@pytest.mark.unchecked
@pytest.mark.parametrize("name", sampled([name for name in REFUSED if name not in LARGE], 4, never=LARGE))
def test_what_is_not_read_is_refused(tmp_path, name):
    with pytest.raises(ForeignError) as error:
        as_code(name, tmp_path)
    assert REFUSED[name] in str(error.value)


ATTENTION = """sdhs 1
neuron act { model = relu }
neuron lif { decay = 0.5 }
network net {
  input x : real[3, 6, 5]
  seen  = x    -> reduce(over = space, by = max) -> time_to_channels(steps = 4)
  score = seen -> linear(2, bias = false) -> act -> linear(12, bias = false) -> sigmoid
  a     = mul(x, score -> channels_to_time(steps = 4)) -> conv(3, out = 4) -> lif
  output y = a -> time_to_channels(steps = 4) -> conv(3, out = 2)
}
"""


@pytest.mark.unchecked
def test_attention_over_time_is_read(tmp_path):
    """Of a file that was changed."""
    case = Case(Program.of_text(ATTENTION, "net.sdhs").checked("retrain"), tmp_path / "net", steps=4)
    module, inputs = code_of(case.module.text.replace("from this spec", "from a spec"), tmp_path / "net").example()
    imported = from_torch(module, torch.rand(4, *inputs.shape[1:], dtype=torch.float64), multi_step=True)
    assert not imported.exported
    found = graph_of(imported.spec)
    assert [str(node.value) for node in found] == [str(node.value) for node in case.graph]
    assert [node.op.name for node in found] == [node.op.name for node in case.graph]


@pytest.mark.unchecked
def test_a_run_comes_back(tmp_path):
    """Also the b of its surrogates, which training has found: exported again, it is the same file."""
    again, net = tmp_path / "again.py", tmp_path / "net.py"
    assert run(["export", str(COMPLETE), "--to", "python", "-o", str(net)]) == 0
    imported = from_torch(*code_of(net.read_text(), tmp_path).example())
    assert imported.exported
    assert imported.temperatures == {"stem": 3.4}
    assert imported.spec.startswith("# The search of surrogates found b = 3.4 for `stem`.\n")
    imported.save(tmp_path / "back")
    assert run(["export", str(tmp_path / "back"), "--to", "python", "-o", str(again)]) == 0
    assert again.read_text() == net.read_text()
    for claim in ("b = 3.5 for `stem`", "b = 3.4 for `another`"):
        wrong = net.read_text().replace("b = 3.4 for `stem`", claim)
        assert not from_torch(*code_of(wrong, tmp_path).example()).exported


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """A case of a small network whose inputs have time steps."""
    folder = tmp_path_factory.mktemp("events")
    return Case(program(PATHS["events"]), folder / "case")


def changed(events, tmp_path, old, new):
    """The module and its example after a change of its text."""
    assert old in events.module.text
    torch.save(events._state(), tmp_path / "net.pt")
    return code_of(events.module.text.replace(old, new), tmp_path).example()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import torch\n", "import torch  # of 2016\n\n\n"),
        ("return torch.stack(spikes)", "return torch.stack(\n            spikes\n        )"),
        ("def example():", "def another():\n    return 3\n\n\ndef example():"),
        ("epochs   = 8", "epochs   = 7"),
    ],
    ids=["comment", "lines", "function", "training"],
)
@pytest.mark.unchecked
def test_what_computes_nothing_may_change(events, tmp_path, old, new):
    """Also in the spec: this is then the one that comes back."""
    imported = from_torch(*changed(events, tmp_path, old, new))
    assert imported.exported
    assert (new in imported.spec) == ("epochs" in new)


@pytest.mark.parametrize(
    ("old", "new", "now"),
    [
        ("u - 0.5", "u - 0.4", "threshold = 0.4"),
        ("nn.BatchNorm2d(48)", "nn.BatchNorm2d(48, eps=0.01)", "norm(eps = 0.01)"),
        ("  threshold = 0.5", "  threshold = 0.4", "threshold = 0.5"),
        ("from this spec of spikegraph", "from some spec of spikegraph", "threshold = 0.5"),
    ],
    ids=["number", "layer", "spec", "docstring"],
)
@pytest.mark.unchecked
def test_changed_files_are_read_as_code(events, tmp_path, old, new, now):
    """What the docstring says counts for nothing then."""
    module, inputs = changed(events, tmp_path, old, new)
    imported = from_torch(module, inputs)
    assert not imported.exported
    assert now in imported.spec


class Halved(nn.Conv2d):
    def forward(self, input):
        return super().forward(input / 2)


def _hooked(module):
    module.stage0[0][0].register_forward_hook(lambda layer, xs, y: y / 2)


def _attribute(module):
    module.stage0[0][1].eps = 0.5


def _replaced(module):
    layer = module.stage0[0][0]
    module.stage0[0][0] = Halved(2, layer.out_channels, 3, stride=2, padding=1).double()


def _overridden(module):
    inside = module.logits.forward
    module.logits.forward = lambda x: inside(x) / 2


def _on_class(module):
    kind = type(module.stage0[1])
    kind.step = lambda self, x: x


@pytest.mark.parametrize("change", [_hooked, _attribute, _replaced, _overridden, _on_class])
@pytest.mark.unchecked
def test_modules_that_were_changed_after_loading_are_others(events, tmp_path, change):
    module, inputs = changed(events, tmp_path, "", "")
    assert exported(module, [inputs], None) is not None
    change(module)
    assert exported(module, [inputs], None) is None


@pytest.mark.unchecked
def test_an_example_of_another_shape_is_read(events, tmp_path):
    """The spec says one size; the code takes others too."""
    module, inputs = changed(events, tmp_path, "", "")
    imported = from_torch(module, inputs[..., :32, :30])
    assert not imported.exported
    assert "[2, 32, 30]" in imported.spec


@pytest.mark.unchecked
def test_another_name_and_other_weights(events, tmp_path):
    module, inputs = changed(events, tmp_path, "", "")
    with torch.no_grad():
        module.logits.bias += 1
    imported = from_torch(module, inputs, name="mine")
    assert (imported.name, imported.exported) == ("mine", True)
    assert "network mine {" in imported.spec
    assert "retrain mine on" in imported.spec
    assert torch.equal(imported.weights["logits.linear.bias"], module.logits.bias)


@pytest.mark.unchecked
def test_weights_that_are_not_finite(events, tmp_path):
    module, inputs = changed(events, tmp_path, "", "")
    with torch.no_grad():
        module.logits.bias[3] = torch.nan
    with pytest.raises(ForeignError, match=r"`logits\.bias` has numbers that aren't finite"):
        from_torch(module, inputs)
