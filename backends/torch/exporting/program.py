"""A streaming step as a program of `torch.export`: operations of torch alone, and a batch of any size."""

import operator
import warnings
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram

from spikegraph.backends.torch.exporting.decompositions import table
from spikegraph.backends.torch.exporting.refusals import (
    IN_TORCH,
    OWN,
    NotExportableError,
    Operators,
    check_states,
    first_line,
    recorded,
    refuse,
    refused,
)
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Node

EXAMPLES = 2
"""Samples of the batch with which a step is traced; sizes of 0 and 1 would be taken for constants."""

SOURCES = ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn", "from_node")
"""What torch notes of the source of an operation: paths of this machine, and names of this package's classes."""

OPERATION = "spikegraph"
"""The key, among what torch's nodes are annotated with, of the name of the operation that they belong to."""


class StepProgram:
    """A traced step.

    Attributes:
        step: The step.
        program: Its program.
        operators: The operators of torch that its operations call.
    """

    def __init__(self, step: StreamingStep, program: ExportedProgram, operators: Operators) -> None:
        self.step, self.program, self.operators = step, program, operators


def traced(model: Model, format: str) -> StepProgram:
    """The program of one step of a model.

    Args:
        model: A lowered model, with its trained weights.
        format: The name of the format, for messages.

    Raises:
        NotExportableError: An operation can't be exported.
    """
    check_states(model.plain, format)
    step = StreamingStep(model)
    arrays = (*examples(step, EXAMPLES), *step.begin(EXAMPLES))
    operators = recorded(step, arrays, format)
    found = _exported(step, arrays, format)
    _clean(found)
    _check(found, model, format)
    return StepProgram(step, found, operators)


def _exported(step: StreamingStep, arrays: tuple[Tensor, ...], format: str) -> ExportedProgram:
    """The program of a step, in torch's operators, whose nodes have the names of the operations that they belong to.

    Raises:
        NotExportableError: Torch can't trace it.
    """
    batch, traced = torch.export.Dim("N"), list[Node]()
    notes: Any = import_module("torch.fx.traceback")
    annotates = hasattr(notes, "annotate")  # older versions of torch don't; some errors then have no line

    @contextmanager
    def visit(node: Node) -> Generator[None]:
        traced.append(node)
        with notes.annotate({OPERATION: node.name}) if annotates else nullcontext():
            yield
        traced.clear()

    step.visit = visit
    try:
        with torch.no_grad(), warnings.catch_warnings(), notes.preserve_node_meta() if annotates else nullcontext():
            warnings.simplefilter("ignore")  # of torch about itself
            shapes = (tuple({0: batch} for _ in arrays),)
            found = torch.export.export(step, arrays, dynamic_shapes=shapes, strict=False)
            return found.run_decompositions(table())  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:  # of any kind: kernels of plug-ins raise what they like
        said = first_line(error)
        why = f"can't be traced by torch.export: {said}"
        refuse(step.graph, format, [refused(format, node, why, IN_TORCH) for node in traced])
        if said.startswith("Constraints violated"):
            help = "write the kernels of plug-ins for any number of samples"
            raise NotExportableError(step.graph, format, "an operation fixes the number of samples", help) from error
        raise NotExportableError(step.graph, format, f"torch.export can't trace it: {said}", IN_TORCH) from error
    finally:
        step.visit = None


def without_operations(program: ExportedProgram) -> ExportedProgram:
    """The program whose nodes no longer say which operations they belong to, as it is written into a file."""
    for node in program.graph_module.graph.nodes:
        node.meta.pop("custom", None)
    return program


def operation_of(node: Any) -> str | None:
    """The name of the operation that a node of torch's graph belongs to, if torch keeps such notes."""
    return node.meta.get("custom", {}).get(OPERATION)


def examples(step: StreamingStep, batch: int, seed: int = 0) -> tuple[Tensor, ...]:
    """Random inputs [N, *shape] of the kinds that the network takes: spikes, counts, events or real numbers."""
    generator = torch.Generator().manual_seed(seed)
    like = next(iter(step.parameters()), torch.empty(0))
    return tuple(_example(node, batch, generator).to(like) for node in step.graph.inputs().values())


def _example(node: Node, batch: int, generator: torch.Generator) -> Tensor:
    shape, value = (batch, *node.value.shape), node.value
    if value.kind == "real":
        return torch.randn(shape, generator=generator)
    low = -1 if value.kind == "events" else 0
    return torch.randint(low, value.bound + 1, shape, generator=generator).float()


def _clean(program: ExportedProgram) -> None:
    """Removes checks of types, pairs of operations that undo each other, and notes of the source."""
    graph, aten = program.graph_module.graph, torch.ops.aten
    for node in list(graph.nodes):
        for key in SOURCES:
            node.meta.pop(key, None)
        if node.target is aten._assert_tensor_metadata.default:
            graph.erase_node(node)
        elif _undoes(node, aten.squeeze.dim, aten.unsqueeze.default):
            node.replace_all_uses_with(node.args[0].args[0])
            graph.erase_node(node)
    graph.eliminate_dead_code()
    program.graph_module.recompile()


def _undoes(node: Any, target: Any, before: Any) -> bool:
    """Whether a node calls `target` on the result of a call of `before` with the same arguments."""
    return node.target is target and node.args[0].target is before and node.args[1:] == node.args[0].args[1:]


def _check(program: ExportedProgram, model: Model, format: str) -> None:
    """Refuses programs that need another package.

    Raises:
        NotExportableError: The program calls something that isn't torch's.
    """
    for node in program.graph_module.graph.nodes:
        if node.op != "call_function" or getattr(node.target, "namespace", "") in OWN:
            continue
        if getattr(node.target, "__module__", "") in ("_operator", operator.__name__):
            continue
        why = f"its program calls `{node.target}`"
        raise NotExportableError(model.graph, format, why, "use operations of torch in the kernels of plug-ins")
