"""A graph of NIR as a spec with its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.nir.required import required
from spikegraph.base.files import write_together
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.names import valid
from spikegraph.foreign.text import write
from spikegraph.program.program import Program
from spikegraph.runs.own_files import refuse_own_file

if TYPE_CHECKING:
    from spikegraph.backends.nir.reading import Read

Array = NDArray[Any]
REPORT = "please report it with the graph"


@dataclass(frozen=True)
class Imported:
    """A graph of NIR as a spec.

    Attributes:
        name: The name of its network.
        spec: The spec's text.
        weights: Its weights by the names of the network's `state_dict()`.
        read: The graph.
        inputs: The network's input for each input node of the graph.
        outputs: The network's output for each output node.
        neurons: The network's node for each node of neurons in the graph.
        notes: What a user should know, a line each.
    """

    name: str
    spec: str
    weights: Mapping[str, Array]
    read: "Read"
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    neurons: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def program(self) -> Program:
        """The spec, read and checked."""
        return Program.of_text(self.spec, f"{self.name}.sdhs").checked()

    def save(self, spec: Path) -> tuple[Path, Path]:
        """Writes the spec, and the weights beside it, with the end `.safetensors`.

        Raises:
            ForeignError: There is another spec at this path, which may have been edited, or weights without this spec; or the
                path is that of the weights.
            NotFoundError: One of the two is a file of a run or of a model.
            OSError: A file can't be written.
        """
        import torch  # noqa: PLC0415 (slow to import)

        from spikegraph.backends.torch.train.checkpoint import weights_content  # noqa: PLC0415

        weights, other = spec.with_suffix(".safetensors"), "choose another path, or delete this file"
        if weights == spec:
            raise ForeignError("the weights would have the path of the spec", "give a path that ends in .sdhs", path=spec)
        if spec.exists() and spec.read_bytes() != self.spec.encode():
            raise ForeignError("there is another spec", other, path=spec)
        for path in (spec, weights):  # first, since these should not be deleted
            refuse_own_file(path)
        if weights.exists() and not spec.exists():
            raise ForeignError("there are weights of something else", other, path=weights)
        content = weights_content({name: torch.tensor(array) for name, array in self.weights.items()})
        write_together({weights: content, spec: self.spec})
        return spec, weights


def import_graph(path: Path, dt: float | None = None) -> Imported:
    """Reads a graph of NIR.

    Args:
        path: The file.
        dt: The length of a time step in seconds; by default the one that the file or its neurons say, or 0.1 ms.

    Raises:
        ForeignError: The file is damaged, or a node can't be expressed; the node is named.
        NotFoundError: The package nir isn't installed.
    """
    required()
    from spikegraph.backends.nir.reading import read_graph  # noqa: PLC0415 (needs nir)
    from spikegraph.backends.nir.statements import taken_over  # noqa: PLC0415

    read = read_graph(path, dt)
    taken = taken_over(read)
    name = valid(str(read.metadata.get("network", path.stem)))
    kind = str(read.metadata.get("input_kind", "real"))
    written = write(taken.statements, name, kind, f"{path.name}, taken over from NIR.", _time(read))
    program = Program.of_text(written.text, f"{name}.sdhs")
    problems = program.check("retrain")
    if problems.has_errors:
        first = next(iter(problems))
        raise ForeignError(f"the language refuses what the graph does: {first.summary}", first.help or REPORT, path=path)
    nodes = [n for n in program.build("retrain").space if not (n.op.traits.source or n.op.traits.carries)]
    if len(nodes) != len(written.order):
        raise ForeignError(f"the spec has {len(nodes)} operations, the graph {len(written.order)}", REPORT, path=path)
    weights: dict[str, Array] = {}
    neurons: dict[str, str] = {}
    rounded = list[str]()
    for node, statement in zip(nodes, written.order, strict=True):
        if statement.op == "neuron":
            neurons[statement.place.dotted] = node.name
        for leaf, shapes in node.leaves.items():
            for own, shape in shapes.items():
                given = taken.tensors[statement.weights[own].name]
                array = np.asarray(given, np.float32).reshape(shape)
                if own in ("weight", "bias") and (array != np.asarray(given).reshape(shape)).any():
                    rounded.append(statement.place.dotted)
                weights[f"{leaf}.{own}"] = array
    said = "the graph doesn't say its time step; it is taken as" if dt is None and read.dt_from is None else "the time step is"
    by = f", as {read.dt_from} says" if dt is None and read.dt_from else ""
    notes = [f"{said} {read.dt:g} s{by}"]
    if rounded:
        notes.append(f"float32 doesn't hold the weights of `{rounded[0]}` exactly; they are rounded")
    return Imported(name, written.text, weights, read, taken.inputs, taken.outputs, neurons, tuple(notes))


def _time(read: "Read") -> int | None:
    """The number of time steps that the file states; None if it states none.

    Raises:
        ForeignError: It isn't a number.
    """
    said = read.metadata.get("time_steps")
    try:
        found = None if said is None else int(said)
        if not isinstance(said, str | bytes) and found != said:
            raise ValueError
        return found
    except (TypeError, ValueError, OverflowError) as error:
        summary = f"its metadata say `time_steps` {said!s:.40}, which isn't a whole number"
        raise ForeignError(summary, "remove `time_steps` from the metadata", path=read.path) from error
