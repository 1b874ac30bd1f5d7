"""The benchmark of architecture search; docs/search.md says what the tasks are and shows the results.

`python tools/search_bench --task T0|T1 [--fill SEED]`: replays on the table of a task; `--fill` trains what the table lacks.
`python tools/search_bench --task T0|T1 --supernets METHOD --seeds A-B`: trains supernets, which the replays then show too.
`python tools/search_bench --task T0|T1 --objective energy`: replays for two objectives, compared by the area of their fronts.
`python tools/search_bench --table FILE`: replays on another table, in the form that docs/search.md describes.
`python tools/search_bench --task T2|T3 --method M --seeds A-B -o FOLDER`: live searches, and random cells beside them.
`python tools/search_bench --task T2|T3 --objective energy --costs 3 --seeds A-B -o FOLDER`: live searches for two objectives.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parent))

from comparison import compared
from fill import fill
from from_supernets import Row
from fronts import compared_fronts
from live import run_live
from live_fronts import PRICES, fronts_result, run_fronts
from live_result import result
from supernet_rows import supernets_of
from supernets import train_supernets
from table import Table, TableError, read_table
from tasks import JUDGING, TASKS, Task

from spikegraph.base.allocator import keep_buffers

OPTIONS = {
    "replays": ("costs", "replays", "seeds", "objective"),
    "--fill": ("fill", "part", "limit"),
    "--supernets": ("supernets", "seeds", "part"),
    "live searches": ("method", "seeds", "retrainings", "cells", "out", "part"),
    "live searches for two objectives": ("objective", "costs", "seeds", "retrainings", "out", "part"),
}
"""What the command does, and the options that it uses then; another one is refused, since it would change nothing."""


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="tools/search_bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", choices=sorted(TASKS))
    parser.add_argument("--table", type=Path, help="a table of trained cells")
    parser.add_argument("--method", help="the method of a live task, as a spec writes it (default: evolution)")
    parser.add_argument("--seeds", type=_span, help="first and last seed, such as 100-115; by default the judging ones")
    parser.add_argument(
        "--retrainings",
        type=_span,
        help="seeds from which a live task retrains (default: 7001-7002; for two objectives one seed, 7001)",
    )
    parser.add_argument("--cells", type=int, help="the random cells of a live task (default: 30)")
    parser.add_argument(
        "--costs", type=_costs, help="costs of a search in trainings (default: 3,5,10; live, for two objectives, one, 3)"
    )
    parser.add_argument("--replays", type=int, help="replays, with the first of the judging seeds (default: 200)")
    parser.add_argument(
        "--fill", type=int, metavar="SEED", help="train what the task's table lacks for a seed: cells, or their energies"
    )
    parser.add_argument("--supernets", metavar="METHOD", help="train supernets of a method, one for each of --seeds")
    parser.add_argument(
        "--objective",
        metavar="PRICE",
        help="compare fronts: parameters, energy (by cmos-45nm), or a key of `energy` in the rows",
    )
    parser.add_argument("--part", type=_part, help="the part of the work that this process does, such as 1/2 (default: 1/1)")
    parser.add_argument("--limit", type=int, help="most cells to train")
    parser.add_argument("-o", "--out", type=Path, help="the folder of a live task")
    options = parser.parse_args()
    if (options.task is None) == (options.table is None):
        parser.error("give --task or --table")
    task = None if options.task is None else TASKS[options.task]
    what = _what(options, task)
    given = [name for names in OPTIONS.values() for name in names if getattr(options, name) is not None]
    if unused := [name for name in given if name not in OPTIONS[what]]:
        parser.error(f"--{unused[0]} has no meaning for {what}; leave it out")
    keep_buffers()
    try:
        _run(what, options, task, parser)
    except TableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _what(options: argparse.Namespace, task: Task | None) -> str:
    """What the command does, a key of `OPTIONS`."""
    if task is not None and task.live:
        return "live searches" if options.objective is None else "live searches for two objectives"
    if task is None or (options.fill is None and options.supernets is None):
        return "replays"
    return "--supernets" if options.fill is None else "--fill"


def _run(what: str, options: argparse.Namespace, task: Task | None, parser: argparse.ArgumentParser) -> None:
    part = options.part or (0, 1)
    if task is None:
        print(_replayed(options, read_table(options.table), _judging(options, JUDGING, parser)))
    elif what == "replays":
        print(_replayed(options, read_table(task.table), _judging(options, task.judging, parser), supernets_of(task)))
    elif what == "--fill":
        fill(task, options.fill, part, options.limit)
    elif what == "--supernets":
        train_supernets(task, options.supernets, options.seeds or list(task.judging), part)
    else:
        _live(what, options, task, part, parser)


def _live(what: str, options: argparse.Namespace, task: Task, part: tuple[int, int], parser: argparse.ArgumentParser) -> None:
    if options.out is None:
        parser.error(f"{task.name} needs -o FOLDER")
    seeds: list[int] = options.seeds or list(task.judging)
    if what == "live searches":
        method, cells, retrainings = options.method or "evolution", options.cells or 30, options.retrainings or [7001, 7002]
        if len(retrainings) < 2:
            parser.error("--retrainings: one chooses the best of the random cells and another one judges it, so give two")
        run_live(task, method, seeds, cells, retrainings, options.out, part)
        print(result(options.out, method, seeds, cells, retrainings))
        return
    costs, retrainings = options.costs or [3], options.retrainings or [7001]
    if len(costs) > 1 or len(retrainings) > 1:
        parser.error("live searches for two objectives have one cost and one seed of a retraining, such as --costs 3")
    if options.objective not in PRICES:
        parser.error(f"--objective of live searches is one of {', '.join(PRICES)}")
    run_fronts(task, options.objective, costs[0], seeds, retrainings[0], options.out, part)
    print(fronts_result(task, options.objective, costs[0], seeds, retrainings[0], options.out))


def _replayed(options: argparse.Namespace, table: Table, seeds: list[int], supernets: Sequence[Row] = ()) -> str:
    """The comparison of methods on a table, by regret or by their fronts."""
    costs = options.costs or [3, 5, 10]
    if options.objective is not None:
        return compared_fronts(table, options.objective, costs, seeds)
    return compared(table, costs, seeds, supernets)


def _judging(options: argparse.Namespace, judging: range, parser: argparse.ArgumentParser) -> list[int]:
    """The seeds of replays: those that are given, or the first of those that judge."""
    if options.seeds is not None:
        if options.replays is not None:
            parser.error("give --seeds or --replays, not both")
        return options.seeds
    count = len(judging) if options.replays is None else options.replays
    if not 0 < count <= len(judging):
        parser.error(
            f"--replays is 1 to {len(judging)}, since the judging seeds are {judging[0]}-{judging[-1]}; "
            f"for more give other seeds: --seeds 50000-{50_000 + max(count, 1) - 1}"
        )
    return list(judging[:count])


def _costs(text: str) -> list[int]:
    costs = [int(part) if part.isascii() and part.isdigit() else 0 for part in text.split(",")]
    return costs if min(costs) > 0 else _refuse(f"`{text}` isn't a list of whole numbers from 1, such as 3,5")


def _span(text: str) -> list[int]:
    first, _, last = text.partition("-")
    if not (first.isascii() and first.isdigit() and (last or first).isdigit() and int(first) <= int(last or first)):
        _refuse(f"`{text}` isn't the first and the last seed, such as 100-115")
    return list(range(int(first), int(last or first) + 1))


def _part(text: str) -> tuple[int, int]:
    """The number of a part, from 0, and how many there are."""
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        _refuse(f"`{text}` isn't a part and how many there are, such as 1/2")
    return int(number) - 1, int(count)


def _refuse(why: str) -> NoReturn:
    raise argparse.ArgumentTypeError(why)


if __name__ == "__main__":
    sys.exit(main())
