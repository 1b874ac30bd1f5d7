"""In place of the process that talks to Ray: it acts as `RAY_ACTS` says, a letter for each task in turn.

f: the run finishes; l: it is lost with its node, and then finishes; d: it diverges; n: no node ever takes it. Instead of
letters: `silent`, `refuse`, `die`, or `wait` for the line that asks to stop.
"""

import json
import os
import pickle
import sys
from dataclasses import asdict

from spikegraph.sweep.ray_task import record
from spikegraph.sweep.task import Outcome

FINISHED = Outcome(0, "", 2.5, complete=True, may_be_retried=False)
DIVERGED = Outcome(3, "it diverged", 2.5, complete=False, may_be_retried=False)
STOPPED = Outcome(143, "stopped", 0.0, complete=False, may_be_retried=True)
GIVEN_UP = Outcome(3, "lost with its process or node: the node is dead", 0.0, complete=False, may_be_retried=False)


def write(**event):
    print(json.dumps(event), flush=True)


def end(task, outcome, number):
    record(task, number, asdict(outcome))
    write(event="ended", name=task.point.name, **asdict(outcome))


def main():
    request = pickle.load(sys.stdin.buffer)
    acts = os.environ["RAY_ACTS"]
    if acts == "silent":
        sys.stdin.buffer.read()
    write(event="connected")
    if acts == "refuse":
        write(event="refused", summary="the node b doesn't see /data", help="share it")
        return
    if acts in ("die", "wait"):
        record(request.tasks[0], "1", {"host": "a"})
        if acts == "wait":
            assert sys.stdin.buffer.readline() == b"stop\n"
            for task in request.tasks:
                write(event="ended", name=task.point.name, **asdict(STOPPED))
        return
    for task, act in zip(request.tasks, acts, strict=True):
        if act == "n":
            write(event="ended", name=task.point.name, **asdict(GIVEN_UP))
            continue
        record(task, "1", {"host": "a"})
        if act == "l":
            record(task, "2", {"host": "b"})
        end(task, DIVERGED if act == "d" else FINISHED, "2" if act == "l" else "1")


if __name__ == "__main__":
    main()
