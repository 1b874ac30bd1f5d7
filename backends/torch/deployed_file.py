"""Folded weights with the deployed graph in one file of safetensors, written and read back."""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import low_type, precision_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.origin import Origin
from spikegraph.base.errors import DataError
from spikegraph.ir.folding import check_folded
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.json import JsonError, from_json, to_json
from spikegraph.passes import pipeline
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.kept import CLASSES, DEPLOYED, PRECISION, SEED, SPEC, STEPWISE, kept, stepwise_in
from spikegraph.runs.sealed_file import BLANK, check, metadata, sealed

VERSION = "1"


def deployed_content(model: Model) -> bytes:
    """The content of a file: the model's tensors by the graph's names, and in the metadata its graph, classes and spec.

    Args:
        model: A model of the phase `deploy`; its graph is the one before the passes that make it faster.
    """
    graph = json.dumps(_without_folders(to_json(model.plain)), separators=(",", ":"))
    head = {"format": DEPLOYED, "format_version": VERSION, "sha256": BLANK, PRECISION: precision_of(model.low)}
    if model.origin is not None:
        head |= {SPEC: model.origin.program.text, SEED: str(model.origin.seed)}
    if model.stepwise is not None:
        head[STEPWISE] = json.dumps(model.stepwise)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    return sealed(save(tensors, {**head, "graph": graph, CLASSES: json.dumps(model.classes)}))


def _require_weights(graph: Graph, tensors: Mapping[str, Tensor]) -> None:
    """Checks that a file has as many numbers as its graph claims, before memory is taken for them.

    Raises:
        ValueError: It has fewer.
    """
    claimed = {f"{name}.{key}": prod(shape) for node in graph for name, of in node.leaves.items() for key, shape in of.items()}
    held = sum(tensor.numel() for tensor in tensors.values())
    if sum(claimed.values()) > held:
        raise ValueError(f"its graph claims {sum(claimed.values()):,} weights, but it has {held:,}")


def _without_folders(data: dict[str, Any]) -> dict[str, Any]:
    """The JSON of a graph whose places name files without the folders of this machine."""
    for node in data["nodes"]:
        node["span"]["file"] = Path(node["span"]["file"]).name
    return data


def read_deployed(path: Path) -> Model:
    """The network in a file that `deployed_content` made, in evaluation mode.

    Raises:
        DataError: The file is missing, damaged, or no such file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror}", path) from error
    model, found = deployed_model(content, path), kept(path)
    if found.text is not None:
        model.origin = Origin(found.program, "deploy", None, found.seed)
    return model


def deployed_model(content: bytes, path: Path) -> Model:
    """The network in the content of a file, as `read_deployed`; the path is for errors."""
    try:
        tensors, head = load(content), metadata(content)
    except (SafetensorError, ValueError) as error:
        raise DataError("it isn't a file of safetensors", path, "`spikegraph export RUN --to safetensors` makes one") from error
    if head.get("format") != DEPLOYED:
        raise DataError("it has no deployed network", path, "`spikegraph export RUN --to safetensors` makes one")
    if head.get("format_version") != VERSION:
        summary = f"it has format version {head.get('format_version')}; this version of spikegraph reads {VERSION}"
        raise DataError(summary, path, "export the run again")
    try:
        check(content)
        graph = from_json(json.loads(head["graph"]))
        check_folded(graph)
        _require_weights(graph, tensors)
        model = lower(pipeline.run(FASTER, graph), low=low_type(head.get(PRECISION, "")), plain=graph)
        model.load_state_dict(tensors)
        model.classes, model.stepwise = tuple(map(str, json.loads(head.get(CLASSES, "[]")))), stepwise_in(head)
    except (JsonError, GraphError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise DataError(f"it is damaged: {' '.join(str(error).split())}", path, "export the run again") from error
    return model.eval()
