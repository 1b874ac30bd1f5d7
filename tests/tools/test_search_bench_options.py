"""Options of the benchmark of searches: what is refused, and what several processes share."""

from pathlib import Path

import pytest

from ..forked import python

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--task T0 --replays 1000", "judging seeds are 40000-40199; for more give other seeds: --seeds 50000-50999"),
        ("--task T0 --fill 1 --part 0/2", "argument --part: `0/2` isn't a part and how many there are, such as 1/2"),
        ("--task T0 --seeds 7-5", "argument --seeds: `7-5` isn't the first and the last seed, such as 100-115"),
        ("--task T2 --objective energy --cells 9 -o x", "--cells has no meaning for live searches for two objectives; leave"),
        ("--task T2 --objective energy --costs 3,5 -o x", "have one cost and one seed of a retraining, such as --costs 3"),
        ("--task T2 --objective energy --retrainings 1-2 -o x", "have one cost and one seed of a retraining"),
        ("--task T2 --objective latency -o x", "--objective of live searches is one of parameters, spikes, energy, cmos-45nm"),
        (
            "--task T2 --retrainings 1-1 -o x",
            "--retrainings: one chooses the best of the random cells and another one judges it",
        ),
    ],
)
def test_what_would_change_nothing_is_refused(words, message):
    done = python("tools/search_bench", *words.split(), cwd=ROOT)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]


def test_supernets_of_another_process_are_not_trained_again(tool, tmp_path, monkeypatch):
    """While this process trains the first of its seeds, another one writes the row of the second."""
    supernets, task = tool("supernets"), tool("tasks").TASKS["T0"]
    path, made = tmp_path / "s.jsonl", list[int]()

    def supernet(of, cells, method, seed, seconds):
        made.append(seed)
        tool("rows").append(path, {"method": method, "seed": 4})
        return {"method": method, "seed": seed}

    monkeypatch.setattr(supernets, "supernet", supernet)
    monkeypatch.setattr(supernets, "trained", lambda *_: {"cpu_seconds": 1.0})
    monkeypatch.setattr(supernets, "path_of", lambda of: path)
    monkeypatch.setattr(supernets, "supernets_of", lambda of: tool("rows").read_rows(path))
    supernets.train_supernets(task, "darts", [1, 2, 3, 4], (1, 2))
    assert made == [2]
