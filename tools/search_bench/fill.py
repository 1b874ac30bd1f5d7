"""Fills the table of a task: trains the cells that it lacks for a seed, and appends a row for each.

What the task's supernets decoded comes first, then all cells in a random order.
"""

from rows import append, read_rows
from supernet_rows import line_of, supernets_of
from tasks import Task
from training import POINTS, shuffled, steps_of, terms, trained


def fill(task: Task, seed: int, part: tuple[int, int], limit: int | None = None) -> None:
    """Trains what is missing, in this process its part of the cells, and at most `limit` of them."""
    program = task.program()
    head = {"table": task.name, "points": POINTS, "steps": steps_of(program)}
    left = limit
    decoded = {row["decoded"] for row in supernets_of(task)}
    for number, cell in enumerate(sorted(shuffled(task.cells()), key=lambda cell: line_of(cell) not in decoded)):
        if number % part[1] != part[0] or left == 0:
            continue
        held = read_rows(task.table)
        if any(row["seed"] == seed and row["genotype"] == terms(cell) for row in held):
            continue
        append(task.table, {"genotype": terms(cell), **trained(program, task.genotype(cell), seed)}, head)
        left = None if left is None else left - 1
