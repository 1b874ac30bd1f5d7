"""A streaming step as a model of ONNX, checked in onnxruntime."""

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import count
from typing import Any, cast

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.checked import Run
from spikegraph.backends.torch.exporting.decompositions import onnx_table
from spikegraph.backends.torch.exporting.made import compared_file
from spikegraph.backends.torch.exporting.program import StepProgram, operation_of
from spikegraph.backends.torch.exporting.refusals import NotExportableError, first_line, refuse, refused
from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import NotFoundError
from spikegraph.program.refusals import Refusal

OPSET = 20
"""The version of ONNX's operators that is written."""

LARGEST = 2**31 - 1
"""The largest file of ONNX in bytes, a limit of its encoding."""

IN_ONNX = "write its kernel in other operations of torch, or export it to torch"

KEY = "spikegraph"
"""The key of the description in the model's metadata."""


def onnx_content(model: Model, separate: Model | None = None) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of ONNX, and what its reader should know.

    Args:
        model: The deployed network.
        separate: The trained network with separate norms, with which the file is compared; by default `model`.

    Raises:
        NotExportableError: An operation can't be exported.
        NotFoundError: Packages are missing.
    """
    _runtime()
    if model.low is not None:
        help = "onnxruntime has none on the CPU; train it with `--precision fp32`"
        low = str(model.low).removeprefix("torch.")
        raise NotExportableError(model.graph, "ONNX", f"its convolutions run in {low}", help)
    return compared_file(model, separate or model, "ONNX", onnx_file)


def onnx_file(found: StepProgram) -> tuple[bytes, Run]:
    """The content of a file of ONNX with a traced step, and what runs it."""
    runtime, graph = _runtime(), found.step.graph
    content, operations = _converted(found)
    if len(content) > LARGEST:
        why = f"it takes {len(content):,} bytes, and a file of ONNX has at most {LARGEST:,}"
        raise NotExportableError(graph, "ONNX", why, "export it to torch")
    names = found.step.signature.taken
    try:
        session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has many classes of errors
        refuse(graph, "ONNX", _unloaded(found, error, operations))
        why = f"onnxruntime can't load it: {first_line(error)}"
        raise NotExportableError(graph, "ONNX", why, "export it to torch") from error

    def run(arrays: Sequence[Tensor]) -> Sequence[Any]:
        return session.run(None, {name: x.numpy() for name, x in zip(names, arrays, strict=True)})

    return content, run


def _runtime() -> Any:
    """The module of onnxruntime; the converter needs two more packages.

    Raises:
        NotFoundError: One of the three is missing.
    """
    modules: dict[str, Any] = {}
    for name in ("onnx", "onnxruntime", "onnxscript"):
        try:
            modules[name] = import_module(name)
        except ImportError as error:
            help = 'pip install "spikegraph[onnx]"'
            raise NotFoundError(f"ONNX needs the package {name}, which isn't installed", help) from error
    return modules["onnxruntime"]


def _converted(found: StepProgram) -> tuple[bytes, dict[str, str]]:
    """The model of a program, with the graph's names, and the operations that its nodes belong to, by the nodes' names.

    Raises:
        NotExportableError: ONNX has no operator for one of torch's.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch about itself
            program, replaced = found.program, onnx_table()
            if any(node.target in replaced for node in program.graph_module.graph.nodes):  # else it would be traced for nothing
                program = program.run_decompositions(replaced)  # pyright: ignore[reportUnknownMemberType]
            made = cast("Any", torch.onnx).export(program, dynamo=True, opset_version=OPSET, verbose=False)
    except torch.onnx.OnnxExporterError as error:
        text = _texts(error)
        refuse(found.step.graph, "ONNX", _untranslated(found, text))
        raise NotExportableError(found.step.graph, "ONNX", first_line(text), "export it to torch") from error
    signature, model = found.step.signature, made.model
    for values, names in ((model.graph.inputs, signature.taken), (model.graph.outputs, signature.returned)):
        for value, name in zip(values, names, strict=True):
            value.name = name
            value.shape[0] = "N"
    for value in list(model.graph.initializers.values()):
        value.name = found.step.names.get(value.name, value.name)
    _rename_inner(model.graph)
    noted = ((str(node.name), operation_of(node.meta["node"])) for node in model.graph if "node" in node.meta)
    operations = {name: operation for name, operation in noted if operation is not None}
    for part in (model.graph, *model.graph, *model.graph.inputs, *model.graph.outputs, *model.graph.initializers.values()):
        part.metadata_props.clear()
    for value in (value for node in model.graph for value in node.outputs):
        value.metadata_props.clear()
        value.shape = value.shape if value in model.graph.outputs else None
    model.graph.name, model.producer_name = signature.network, "spikegraph"
    model.metadata_props.clear()
    model.metadata_props[KEY] = json.dumps(signature.described())
    return made.model_proto.SerializeToString(), operations


def _rename_inner(graph: Any) -> None:
    """Gives values inside of a graph other names where an input, output or weight, called as in the spec, has theirs."""
    taken = {value.name for value in (*graph.inputs, *graph.outputs, *graph.initializers.values())}
    inner = [value for node in graph for value in node.outputs if value not in graph.outputs]
    used = taken | {value.name for value in inner}
    for value in inner:
        if value.name in taken:
            value.name = next(name for k in count(1) if (name := f"{value.name}_{k}") not in used)
            used.add(value.name)


def _untranslated(found: StepProgram, text: str) -> list[Refusal]:
    """The operations that call what the converter complains about; it may name a part of what they call."""
    named = set(re.findall(r"(?:aten|prims)[.:]+(\w+)", text))
    refusals = list[Refusal]()
    for operator, nodes in found.operators.calls.items():
        name = operator.name().partition("::")[2].partition(".")[0]
        if any(name == part or name.endswith(f"_{part}") for part in named):
            why = f"needs torch's `{name}`, for which ONNX has no operator"
            refusals += [refused("ONNX", node, why, IN_ONNX) for node in nodes.values()]
    return refusals


def _unloaded(found: StepProgram, error: Exception, operations: Mapping[str, str]) -> list[Refusal]:
    """The operations of the nodes that onnxruntime names."""
    words = re.findall(r"[\w.]+", str(error))
    named = dict.fromkeys(operations[word] for word in words if word in operations)
    why = f"can't be loaded by onnxruntime: {first_line(error)}"
    return [refused("ONNX", found.step.graph.node(name), why, IN_ONNX) for name in named]


def _texts(error: BaseException | None) -> str:
    """The text of an error and of its causes, the first cause at the beginning."""
    return "" if error is None else f"{_texts(error.__cause__)}{error}\n"
