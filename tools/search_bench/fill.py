"""Fills the table of a task: trains the cells that it lacks for a seed, or has without their energy, in a random order.

A row is appended, and takes the place of one without its energy. So a table that isn't full is a random part of the cells.
"""

from rows import append, read_rows
from tasks import Task
from training import POINTS, shuffled, steps_of, terms, trained


def fill(task: Task, seed: int, part: tuple[int, int], limit: int | None = None) -> None:
    """Trains what is missing, in this process its part of the cells, and at most `limit` of them."""
    program = task.program()
    head = {"table": task.name, "points": POINTS, "steps": steps_of(program)}
    left = limit
    for number, cell in enumerate(shuffled(task.cells())):
        if number % part[1] != part[0] or left == 0:
            continue
        name = {"genotype": terms(cell), "seed": seed}
        if any(row.items() >= name.items() and "energy" in row for row in read_rows(task.table)):
            continue
        append(task.table, {"genotype": name["genotype"], **trained(program, task.genotype(cell), seed)}, head, replaces=name)
        left = None if left is None else left - 1
