"""The registry of loggers, which write a run's numbers for other programs; each is imported at its first use."""

from collections.abc import Callable
from typing import Any

from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry

LOGGERS: Registry[Callable[[], Any]] = Registry(
    "logger",
    "spikegraph.loggers",
    {
        "csv": later("spikegraph.loggers.csv_file:CsvFile"),
        "mlflow": later("spikegraph.loggers.mlflow_run:MlflowRun"),
        "tensorboard": later("spikegraph.loggers.tensorboard:TensorBoard"),
    },
    needed=False,  # a run can be read without its loggers
    kind=FUNCTION,
)
"""What makes each logger: () -> a `spikegraph.runs.logger.Logger`."""
