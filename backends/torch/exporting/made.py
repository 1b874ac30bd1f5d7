"""The file of a step's program, compared with the trained network: of a large network its program on small maps."""

from collections.abc import Callable

from spikegraph.backends.torch.exporting.checked import Run, checked, on_small_maps
from spikegraph.backends.torch.exporting.program import StepProgram, examples, traced
from spikegraph.backends.torch.model import Model
from spikegraph.validation.smaller import MOST_NUMBERS, numbers

Make = Callable[[StepProgram], tuple[bytes, Run]]
"""Writes a traced step: the content of the file, and what runs it."""


def compared_file(
    model: Model, trained: Model, format: str, make: Make, program: StepProgram | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """The content of a file of a deployed network, and what its reader should know.

    What takes minutes for a large network is done on the smallest maps that suit it, with a program that is made in the same
    way; the file itself runs one step.

    Args:
        model: The deployed network.
        trained: The trained network with separate norms.
        format: The name of the format.
        make: Writes the file.
        program: The traced step of the model, if there is one.

    Raises:
        NotExportableError: An operation can't be exported, or the file computes something else.
    """
    found = program or traced(model, format)
    content, run = make(found)
    small, small_trained = on_small_maps(model, trained) if numbers(model.plain) > MOST_NUMBERS else (model, trained)
    if small is model:
        return content, checked(found.step, run, format, trained)
    run((*examples(found.step, 1), *found.step.begin(1)))
    on_small = traced(small, format)
    notes = checked(on_small.step, make(on_small)[1], format, small_trained)
    sizes = " and ".join(f"{list(node.value.size)}" for node in small.plain.inputs().values())
    why = f"the network is large, so its program was compared with the trained network on inputs of {sizes}"
    return content, (*notes, why)
