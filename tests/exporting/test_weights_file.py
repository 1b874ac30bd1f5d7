"""Folded weights with their graph: read back here, and by a program that knows nothing but the documented format."""

import json
from pathlib import Path

import exact_networks as networks
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load, save
from stateful_specs import NETWORK

import spikegraph
from spikegraph.backends.torch.deployed_file import deployed_content
from spikegraph.base.errors import DataError
from spikegraph.runs.sealed_file import metadata

AGAIN = "export the run again"
ANOTHER = "`spikegraph export RUN --to safetensors` makes one"


@pytest.fixture
def model():
    return networks.of_text(NETWORK.replace("NEURON", "decay = 0.25"))


@pytest.fixture
def path(model, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(deployed_content(model))
    return path


def test_a_model_comes_back_as_it_was(model, path):
    again = spikegraph.load_deployed(path)
    x = torch.randn(5, 2, 2, 6, 8)
    assert not again.training
    assert [node.op.name for node in again.graph] == [node.op.name for node in model.graph]
    for name, value in model(x).items():
        assert torch.equal(again(x)[name], value)


@pytest.mark.native
def test_the_main_specs_come_back(tmp_path):
    for name in ("cifar10", "stereo"):
        model = networks.of_spec(name, tmp_path / name)
        path = tmp_path / "net.safetensors"
        path.write_bytes(deployed_content(model))
        again = spikegraph.load_deployed(path)
        first, second = model.stream(), again.stream()
        for given in networks.inputs(model, 2, 3):
            wanted, found = first.step(given), second.step(given)
            assert all(torch.equal(value, found[node]) for node, value in wanted.items())


def test_a_stranger_runs_it_with_numpy(model, path):
    """By docs/deploy.md alone: nodes in order, weights under NODE.weight, the neuron's equation."""
    with safe_open(path, "np") as file:
        head = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    assert (head["format"], head["format_version"], head["precision"]) == ("spikegraph-deployed", "1", "fp32")
    graph = json.loads(head["graph"])
    (given,) = networks.inputs(model, 1, 1)
    values = {"view": given["view"][0].numpy()}
    for node in graph["nodes"]:
        xs = [values.get(name) for name in node["operands"]]
        if node["op"] == "conv":
            stride, (w, b) = node["params"]["stride"], (weights[f"{node['name']}.{k}"] for k in ("weight", "bias"))
            padded = np.pad(xs[0], ((0, 0), (1, 1), (1, 1)))
            windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::stride, ::stride]
            values[node["name"]] = np.einsum("chwij,ocij->ohw", windows, w) + b[:, None, None]
        elif node["op"] == "lif":
            values[node["name"]] = (xs[0] > node["params"]["neuron"]["threshold"]).astype(np.float32)
    wanted = model.stream().step(given)["deep"][0].detach().numpy()
    assert wanted.any() and np.array_equal(values[graph["outputs"]["features"]], wanted)


def test_the_file_has_no_folders_of_this_machine(path):
    assert str(Path.cwd()).encode() not in path.read_bytes() and str(path.parent).encode() not in path.read_bytes()


def changed(path, **head):
    """The file with other metadata, sealed or not."""
    content = path.read_bytes()
    path.write_bytes(save(load(content), {**metadata(content), **head}))


def test_damaged_files(path, tmp_path):
    content = path.read_bytes()

    def refused(summary, help):
        with pytest.raises(DataError) as caught:
            spikegraph.load_deployed(path)
        assert (caught.value.summary, caught.value.help, caught.value.path) == (summary, help, path)

    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    refused("it is damaged: its content doesn't match its checksum", AGAIN)
    path.write_bytes(content[:100])
    refused("it isn't a file of safetensors", ANOTHER)
    path.write_bytes(save({"a": torch.zeros(1)}))
    refused("it has no deployed network", ANOTHER)
    path.write_bytes(content)
    changed(path, format_version="9")
    refused("it has format version 9; this version of spikegraph reads 1", AGAIN)
    path.unlink()
    refused("it can't be read: No such file or directory", None)
