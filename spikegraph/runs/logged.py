"""Hands what a journal records to loggers, and names the logger that raises an exception."""

from __future__ import annotations

import reprlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager

from spikegraph.base.errors import ArgumentError, TrainError, UserError
from spikegraph.base.file_errors import fix
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.surface import argument
from spikegraph.plugins.loggers import LOGGERS
from spikegraph.plugins.registry import hinted
from spikegraph.plugins.returned import of_type
from spikegraph.runs.ended import Ended, described
from spikegraph.runs.entries import DgsEntry, Entry, EpochEntry, EvaluationEntry, StepEntry
from spikegraph.runs.logger import Event, LoggedRun, Logger, Numbers


class Loggers:
    """The loggers of a run, which has begun."""

    def __init__(self, loggers: Sequence[tuple[str, Logger]], run: LoggedRun) -> None:
        """Begins the run in each logger; if that fails in one, ends it in those before it.

        Raises:
            TrainError: A logger raised an exception.
        """
        self._loggers, self._before = list[tuple[str, Logger]](), dict[str, int]()
        try:
            for name, logger in loggers:
                with _naming(name):
                    logger.begin(run)
                self._loggers.append((name, logger))
        except BaseException as error:
            self.end(described(error))
            raise

    def log(self, entry: Entry) -> None:
        """Logs an entry of the journal.

        Raises:
            TrainError: A logger raised an exception.
        """
        for numbers in self._numbers(entry):
            for name, logger in self._loggers:
                with _naming(name):
                    logger.log(numbers)

    def rewind(self, kept: Iterable[Entry]) -> None:
        """Says what is left of the journal.

        Raises:
            TrainError: A logger raised an exception.
        """
        self._before.clear()
        found = [numbers for entry in kept for numbers in self._numbers(entry)]
        for name, logger in self._loggers:
            with _naming(name):
                logger.rewind(found)

    def end(self, ended: Ended | None) -> None:
        """Ends the run in each logger; `ended` is how it ended if it isn't complete.

        Raises:
            TrainError: A logger raised an exception, and no error has ended the run; the others are ended before.
        """
        errors = list[Exception]()
        for name, logger in self._loggers:
            try:
                with _naming(name):
                    logger.end("complete" if ended is None else ended.how)
            except Exception as error:  # noqa: BLE001 (the others are ended too)
                errors.append(error)
        if errors and (ended is None or ended.status == 0):
            raise errors[0]

    def _numbers(self, entry: Entry) -> list[Numbers]:
        """The numbers of an entry; an epoch with a validation has two groups."""
        total = self._before.get(entry.phase, 0) + entry.step
        if isinstance(entry, EpochEntry):
            self._before[entry.phase] = total
        return [
            Numbers(event, entry.phase, entry.epoch, entry.step, total, entry.time, values)
            for event, values in _groups(entry).items()
            if values
        ]


def made(given: Sequence[str | Logger]) -> list[tuple[str, Logger]]:
    """Loggers with their names: those of the registry by name, others by their class.

    Raises:
        ArgumentError: There is no such logger, or something else is given.
    """
    return [(item, _named(item)) if isinstance(item, str) else (type(item).__name__, _own(item)) for item in given]


def names_of(given: Sequence[str | Logger]) -> tuple[str, ...]:
    """The names among loggers: what a run is resumed and repeated with."""
    return tuple(item for item in given if isinstance(item, str))


def _named(name: str) -> Logger:
    if name not in LOGGERS:
        help = did_you_mean(name, LOGGERS) or f"the loggers are {listed(LOGGERS, last='and')}"
        raise ArgumentError(f"there is no logger `{name}`", hinted(help, LOGGERS))
    make = LOGGERS[name]
    return of_type(Logger, make(), make, f"the logger `{name}`")


def _own(item: object) -> Logger:
    if isinstance(item, Logger):
        return item
    what = "names of loggers and objects of `spikegraph.runs.logger.Logger`"
    raise ArgumentError(f"`loggers` has {reprlib.repr(item)}; it is a list of {what}", 'such as `loggers=["csv"]`')


def _groups(entry: Entry) -> dict[Event, Mapping[str, float]]:
    match entry:
        case StepEntry():
            return {"step": {**entry.losses, "lr": entry.lr, **_norms(entry.gradient_norms)}}
        case EpochEntry():
            surrogates = {f"b of {name}": b for name, b in entry.temperatures.items()}
            return {"epoch": {**entry.losses, **surrogates, **_norms(entry.gradient_norms)}, "validation": entry.metrics}
        case DgsEntry():
            return {"dgs": {f"b of {entry.neuron}": entry.b}}
        case EvaluationEntry():
            return {"test": entry.metrics}


def _norms(norms: Mapping[str, float]) -> dict[str, float]:
    return {f"gradient norm of {name}": norm for name, norm in norms.items()}


@contextmanager
def _naming(name: str) -> Generator[None]:
    """Turns an exception of a logger into an error that names it; a full disk and the like name their file already."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and fix(error) is not None:
            raise
        text = f"the logger `{name}` raised {type(error).__name__}: {error}"
        raise TrainError(text, f"correct what it needs, and continue the run with {argument('resume')}") from error
