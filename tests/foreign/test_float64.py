"""A module in float64 is taken over in float64: the network with its weights computes the same up to 1e-10."""

import pytest
import torch
from torch import nn

import spikegraph

CLOSE = 1e-10
"""What docs/coming-from.md promises."""


class Residual(nn.Module):
    """Two convolutions with norms, a skip, a pooling, a linear layer."""

    def __init__(self):
        super().__init__()
        self.first, self.one = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.second, self.two = nn.Conv2d(8, 8, 3, padding=1, groups=4), nn.BatchNorm2d(8)
        self.pool, self.last = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.one(self.first(x)))
        x = torch.relu(x + self.two(self.second(x)))
        return self.last(torch.flatten(self.pool(x), 1))


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(0)
    made = Residual().double()
    with torch.no_grad():  # statistics and factors of a network that was trained
        for norm in (made.one, made.two):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
            norm.weight.normal_()
            norm.bias.normal_()
    return made.eval()


@pytest.fixture(scope="module")
def imported(module):
    return spikegraph.from_torch(module, torch.randn(2, 3, 9, 9, dtype=torch.float64))


def images():
    return torch.randn(4, 3, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def away(model, module):
    """The largest difference of the results, relative to the largest result where that is above 1."""
    with torch.no_grad():
        wanted = module(images())
        return float((model(images()) - wanted).abs().max() / wanted.abs().max().clamp(min=1))


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_the_network_computes_the_same(imported, module, phase):
    model = imported.model(phase)
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    assert away(model, module) <= CLOSE


def test_weights_are_those_of_the_module(imported, module):
    own = module.state_dict()
    for name, tensor in imported.weights.items():
        theirs = own[imported.origins[name].name]
        assert tensor.dtype == theirs.dtype
        assert torch.equal(tensor.reshape(theirs.shape), theirs)
    assert {t.dtype for t in imported.state_dict(imported.model()).values() if t.is_floating_point()} == {torch.float64}


@pytest.mark.parametrize("phase", ["retrain", "deploy"])
def test_weights_in_a_file(imported, module, tmp_path, phase):
    spec, weights = imported.save(tmp_path)
    assert away(spikegraph.compile(spec, weights=weights, phase=phase), module) <= CLOSE


def test_statistics_take_inputs_of_either_type(imported):
    one, other = imported.statistics(images()), imported.statistics(images().float())
    assert one.parameters == other.parameters > 0


def test_a_module_in_float32_stays_one(module):
    torch.manual_seed(0)
    found = spikegraph.from_torch(Residual().eval(), torch.randn(2, 3, 9, 9)).model()
    assert {p.dtype for p in found.parameters()} == {torch.float32}


def test_it_is_evaluated_and_predicts_with_samples_in_float32(imported):
    pairs = [(image.float(), k % 5) for k, image in enumerate(images())]
    classes = imported.model()(torch.stack([image for image, _ in pairs]).double()).argmax(1)
    right = 100 * sum(int(found) == k for found, (_, k) in zip(classes, pairs, strict=True)) / len(pairs)
    assert spikegraph.evaluate(imported, pairs) == {"accuracy_percent": right}
    predicted = spikegraph.predict(imported, torch.stack([image for image, _ in pairs]))
    assert [row["prediction"] for row in predicted] == classes.tolist()


ROUNDED = "the weights are float64; here they are rounded to float32, so spikes near a threshold can differ"


@pytest.mark.unchecked
@pytest.mark.parametrize("format", ["torch", "onnx", "safetensors"])
def test_formats_have_float32(imported, module, tmp_path, format):
    """And give the module's results up to that type's rounding."""
    path, x = tmp_path / "net", images().float()
    assert imported.model().export(path, to=format).notes == (ROUNDED,)
    with torch.no_grad():
        match format:
            case "torch":
                found = torch.export.load(path).module()(x)[0]
            case "onnx":
                session = pytest.importorskip("onnxruntime").InferenceSession(path)
                found = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0])
            case _:
                model = spikegraph.load_deployed(path)
                assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}
                found = model(x)
        torch.testing.assert_close(found, module(images()).float(), rtol=1e-5, atol=1e-5)


def test_nir_has_float32_and_python_the_type_of_the_module(tmp_path):
    nir = pytest.importorskip("nir")
    own = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3)).double().eval()
    model = spikegraph.from_torch(own, torch.randn(2, 1, 4, 4, dtype=torch.float64)).model()
    assert ROUNDED in model.export(tmp_path / "net.nir", to="nir").notes
    nodes = nir.read(tmp_path / "net.nir").nodes.values()
    assert {str(node.weight.dtype) for node in nodes if hasattr(node, "weight")} == {"float32"}
    assert model.export(tmp_path / "net.py", to="python").notes == ()
    assert {tensor.dtype for tensor in torch.load(tmp_path / "net.pt").values()} == {torch.float64}
