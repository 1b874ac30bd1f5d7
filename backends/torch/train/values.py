"""The values of a model's nodes for a batch."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from spikegraph.backends.torch.datasets import Batch, inputs_of
from spikegraph.backends.torch.model import Model, Watch


def values_of(
    model: Model,
    batch: Batch,
    wanted: Sequence[str] = (),
    *,
    given: Mapping[str, Tensor] | None = None,
    weights: Mapping[str, nn.Module] | None = None,
    watch: Watch | None = None,
) -> dict[str, Tensor]:
    """Computes values of nodes for the samples of a batch; those behind a sample's end have no meaning.

    Args:
        model: The model.
        batch: The batch.
        wanted: The nodes; by default the outputs.
        given: Known values of nodes, which aren't computed again.
        weights: Modules that replace the model's own weights, by the weights' name.
        watch: Called with each value when it is computed.

    Raises:
        TrainError: The batch lacks an input, or its samples differ in length and an operation can't take that.
    """
    inputs, weight = inputs_of(batch, tuple(model.graph.inputs())), next(model.parameters(), None)
    if weight is not None:  # samples are float32, whatever the model is
        inputs = {name: x.to(weight.dtype) for name, x in inputs.items()}
    return model.values(inputs, wanted, lengths=batch.lengths, given=given, weights=weights, watch=watch)
