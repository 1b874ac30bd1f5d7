"""Time of the first training step in a fresh process, including compilation."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Row, Settings
from wanted import Wanted


def rows(settings: Settings) -> list[Row]:
    """Seconds of the CIFAR network's first step, with an empty cache and with the cache of an earlier process."""
    cold, warm = list[float](), list[float]()
    for _ in range(min(settings.runs, 3)):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(first(cache, settings.threads))
            warm.append(first(cache, settings.threads))
    wanted = {"nothing compiled yet": Wanted("value", 25.0), "second process": Wanted("value", 8.0)}
    return [Row("CIFAR n3, first step", {"nothing compiled yet": cold, "second process": warm}, wanted=wanted)]


def first(cache: str, threads: int) -> float:
    """Seconds of the first step in a fresh process."""
    command = [sys.executable, "-W", "ignore", __file__, str(threads)]
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import torch
    from cifar import images, network, ours

    from spikegraph.backends.torch.lowering import lower

    torch.set_num_threads(int(sys.argv[1]))
    built = network()
    run = ours(lower(built.graph).train(), built, images())
    begun = time.perf_counter()  # compilers are other processes
    run()
    print(json.dumps(time.perf_counter() - begun))
