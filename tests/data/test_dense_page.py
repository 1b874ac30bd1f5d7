"""The plug-in of `docs/dense.md` trains a bundled spec on files of one's own."""

import re
import shlex
from pathlib import Path

import numpy as np

from ..forked import python

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "dense.md").read_text(encoding="utf-8")


def test_the_plug_in_of_the_page(tmp_path):
    ((name, code),) = re.findall(r"^```python\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    ((command),) = re.findall(r"^```sh\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / name).write_text(code, encoding="utf-8")
    random = np.random.default_rng(0)
    for part, count in (("train", 6), ("test", 2)):
        (tmp_path / "scenes" / part).mkdir(parents=True)
        for k in range(count):
            labels = random.integers(0, 2, (64, 64), dtype=np.uint8)
            events = random.integers(-1, 2, (3, 4, 64, 64), dtype=np.int8)
            np.savez(tmp_path / "scenes" / part / f"{k}.npz", events=events, labels=labels)
    program, *arguments = shlex.split(command)
    assert program == "spikegraph"
    short = ("--out", "run", "--set", "retrain.epochs=1", "--set", "segment.W=4", "--set", "retrain.validate=none")
    done = python("-m", "spikegraph", *arguments, *short, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "data: my scenes (scenes)" in done.stdout + done.stderr
    assert "most frequent label" in done.stdout
