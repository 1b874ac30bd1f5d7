"""Functions of the caller that a training calls after its steps and epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from spikegraph.backends.torch.train.random_state import random_state, restore_random_state
from spikegraph.base.errors import Interrupted, TrainError
from spikegraph.base.surface import argument
from spikegraph.runs.folder import PhaseName

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


@dataclass(frozen=True)
class Moment:
    """What a callback gets.

    Attributes:
        phase: `search` or `retrain`.
        of: What is trained: empty for the run's own network, otherwise such as `candidate 3` or `control 1`.
        epoch: Counted from 1.
        step: Number of finished steps in the epoch; of `on_epoch` all of them.
        steps: Number of steps of an epoch.
        numbers: By name: of `on_step` the step's losses and `lr`, of `on_epoch` the mean losses of the epoch, and the metrics
            of the validation if there is one.
        model: The network, in evaluation mode, with the weights after the step.
    """

    phase: PhaseName
    of: str
    epoch: int
    step: int
    steps: int
    numbers: Mapping[str, float]
    model: Model = field(repr=False)


def called(
    callback: Callable[[Moment], object], name: str, moment: Moment, device: torch.device, saved: str
) -> Interrupted | TrainError | None:
    """Calls a function of the caller; what it raises, as an error of the training, or None.

    The model is in evaluation mode meanwhile, without gradients, and random numbers that the function draws aren't missing in
    the training: as long as it changes no weight, it changes no bit of the run.

    Args:
        callback: The function.
        name: The argument that it was given as.
        moment: What it gets.
        device: The device of the model.
        saved: The checkpoint from which the run can be resumed.
    """
    state, model = random_state(device), moment.model
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            callback(moment)
    except Interrupted as error:
        return Interrupted(saved, error.number)
    except Exception as error:  # noqa: BLE001 (it is the caller's)
        at = f"{moment.of or moment.phase}, epoch {moment.epoch}, step {moment.step}"
        help = f"the run is saved; correct the function, and continue with {argument('resume')}"
        found = TrainError(f"`{name}` raised {type(error).__name__} after {at}: {error}", help)
        found.__cause__ = error
        return found
    finally:
        restore_random_state(*state, device)
        model.train(training)
    return None
