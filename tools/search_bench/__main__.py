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

sys.path.insert(0, str(Path(__file__).parent))

from comparison import compared
from fill import fill
from from_supernets import Row
from fronts import compared_fronts
from live import run_live
from live_fronts import fronts_result, run_fronts
from live_result import result
from supernet_rows import supernets_of
from supernets import train_supernets
from table import Table, TableError, read_table
from tasks import JUDGING, TASKS

from spikegraph.base.allocator import keep_buffers


def main() -> int:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="tools/search_bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", choices=sorted(TASKS))
    parser.add_argument("--table", type=Path, help="a table of trained cells")
    parser.add_argument("--method", default="evolution", help="the method of a live task, as a spec writes it")
    parser.add_argument("--seeds", help="first and last seed, such as 100-115; by default the judging ones")
    parser.add_argument("--retrainings", default="7001-7002", help="the seeds from which a live task retrains")
    parser.add_argument("--cells", type=int, default=30, help="the random cells of a live task")
    parser.add_argument("--costs", default="3,5,10", help="costs of a search in trainings")
    parser.add_argument("--replays", type=int, default=200)
    parser.add_argument(
        "--fill", type=int, metavar="SEED", help="train what the task's table lacks for a seed: cells, or their energies"
    )
    parser.add_argument("--supernets", metavar="METHOD", help="train supernets of a method, one for each of --seeds")
    parser.add_argument(
        "--objective",
        metavar="PRICE",
        help="compare fronts: parameters, energy (by cmos-45nm), or a key of `energy` in the rows",
    )
    parser.add_argument("--part", default="1/1", help="the part of the work that this process does, such as 1/2")
    parser.add_argument("--limit", type=int, help="most cells to train")
    parser.add_argument("-o", "--out", type=Path, help="the folder of a live task")
    options = parser.parse_args()
    keep_buffers()
    part, parts = (int(x) for x in options.part.split("/"))
    if (options.task is None) == (options.table is None):
        parser.error("give --task or --table")
    try:
        if options.table is not None:
            print(_replayed(options, read_table(options.table), _seeds(options.seeds, options.replays)))
            return 0
        task = TASKS[options.task]
        if options.fill is not None:
            fill(task, options.fill, (part - 1, parts), options.limit)
        elif task.live:
            if options.out is None:
                parser.error(f"{task.name} needs -o FOLDER")
            seeds = _span(options.seeds) if options.seeds else list(task.judging)
            if options.objective is not None:
                first, cost = _span(options.retrainings)[0], _costs(options.costs)[0]
                run_fronts(task, options.objective, cost, seeds, first, options.out, (part - 1, parts))
                print(fronts_result(task, options.objective, cost, seeds, first, options.out))
                return 0
            run_live(task, options.method, seeds, options.cells, _span(options.retrainings), options.out, (part - 1, parts))
            print(result(options.out, seeds, options.cells))
        else:
            seeds = _span(options.seeds) if options.seeds else list(task.judging)[: options.replays]
            if options.supernets is not None:
                train_supernets(task, options.supernets, seeds)
            else:
                print(_replayed(options, read_table(task.table), seeds, supernets_of(task)))
    except TableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _replayed(options: argparse.Namespace, table: Table, seeds: list[int], supernets: Sequence[Row] = ()) -> str:
    """The comparison of methods on a table, by regret or by their fronts."""
    if options.objective is not None:
        return compared_fronts(table, options.objective, _costs(options.costs), seeds)
    return compared(table, _costs(options.costs), seeds, supernets)


def _costs(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _seeds(text: str | None, replays: int) -> list[int]:
    return _span(text) if text else list(JUDGING)[:replays]


def _span(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


if __name__ == "__main__":
    sys.exit(main())
