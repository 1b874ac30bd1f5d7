"""Runs a sweep: what isn't complete yet, with an engine, and compares the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

from spikegraph.runs.folder import RunFolder
from spikegraph.sweep.engine import Engine, OnChange, State
from spikegraph.sweep.folder import History, Plan, SweepFolder, Try
from spikegraph.sweep.results import End, PointResult, Results, measured, results
from spikegraph.sweep.task import Task, is_complete

STOPPED = "stopped with the sweep"
LOST = "lost with the process of the sweep"


def tasks_of(folder: SweepFolder, plan: Plan, directory: Path, arguments: Sequence[str] = ()) -> tuple[Task, ...]:
    """The tasks of a sweep.

    Args:
        folder: Its folder.
        plan: What it consists of.
        directory: The working directory of the tasks, where a relative path of the folder starts.
        arguments: Arguments of `spikegraph` for each of them, such as `--plugin FILE.py`.
    """
    return tuple(Task(p, folder.run(p), folder.log(p), directory, tuple(arguments)) for p in plan.points)


def run_sweep(
    folder: SweepFolder,
    tasks: Sequence[Task],
    engine: Engine,
    retries: int,
    on_change: OnChange,
    stopping: Callable[[], bool] = lambda: False,
    notice: Callable[[str], None] = print,
) -> Results:
    """Runs the tasks that aren't complete, and writes what happened to each, and `results.json`.

    Args:
        folder: The sweep's folder, which the caller owns.
        tasks: All tasks of the sweep.
        engine: Runs them.
        retries: How often a lost run is tried again.
        on_change: Is told each change of a task's state.
        stopping: Whether the sweep is to stop.
        notice: Is told if what happened to a run can't be written, as on a full disk; the runs go on.

    Raises:
        OSError: The results can't be written.
    """
    histories = {task.point.name: _known(folder, task) for task in tasks}
    states = {task.point.name: State("finished") for task in tasks if is_complete(task)}

    def changed(task: Task, state: State) -> None:
        name = task.point.name
        states[name] = state  # the engine may end with an error
        before = histories[name]
        if state.name == "running":
            histories[name] = replace(before, begun=before.begun + 1)
        elif state.outcomes:
            last = state.outcomes[-1]
            ended = Try(last.status, STOPPED if state.name == "stopped" else last.message, last.seconds)
            histories[name] = replace(before, tries=(*before.tries, ended))
        try:
            folder.write_history(task.point, histories[name])
        except OSError as error:
            notice(f"note: {folder.history(task.point)} can't be written: {error.strerror or error}")
        on_change(task, state)

    todo = [task for task in tasks if task.point.name not in states]
    try:
        states |= engine.run(todo, changed, retries, stopping)
    finally:
        found = results([_result(task, states, histories[task.point.name]) for task in tasks])
        folder.write_results(found)
    return found


def _known(folder: SweepFolder, task: Task) -> History:
    """The history so far; what had begun and hasn't ended was lost with an earlier process."""
    history = folder.read_history(task.point)
    lost = history.begun - len(history.tries)
    return replace(history, tries=(*history.tries, *(Try(-SIGKILL, LOST, 0.0) for _ in range(lost))))


def _result(task: Task, states: Mapping[str, State], history: History) -> PointResult:
    state = states.get(task.point.name, State("stopped" if history.begun else "waiting"))
    end: End = "waiting" if state.name in ("waiting", "running") else state.name
    if end == "waiting" and history.begun:
        end = "stopped"
    status = history.tries[-1].status if history.tries else None
    of = (task.point, end, happened(end, history), max(history.begun, len(history.tries)), status)
    return PointResult(*of, **(measured(RunFolder(task.directory / task.run).read_summary()) if end == "finished" else {}))


def happened(end: End, history: History) -> str:
    """What happened to a point, in words."""
    tries = history.tries
    last = tries[-1].message if tries else STOPPED
    match end:
        case "waiting":
            return "not started"
        case "stopped":
            return last
        case "finished":
            before = [t.message for t in tries if t.message]
            return "finished" if not before else f"finished after {_retries(len(before))}: {'; '.join(before)}"
        case "failed":
            again = f" after {_retries(len(tries) - 1)}" if len(tries) > 1 else ""
            return f"failed{again}: {last}"


def _retries(count: int) -> str:
    return f"{count} {'retry' if count == 1 else 'retries'}"
