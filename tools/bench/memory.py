"""Peak memory of a training step, measured in a separate process for each side."""

import json
import subprocess
import sys
from pathlib import Path

from measure import Precision, Row, Settings, peak_memory, reason, references
from peers import Mode, Network, modes
from wanted import Wanted

BATCH = 32
WHAT = "CIFAR n3, training step, memory"


def rows(settings: Settings) -> list[Row]:
    """Peak megabytes of the whole process after two steps of the CIFAR network with batch size 32.

    Compiled modes take the compiled code from the cache of a process before, so the compiler's memory doesn't count.
    """
    peers = modes(settings.precisions)
    precisions: dict[str, Precision] = {mode.name: mode.precision for mode in peers}
    precisions |= {f"spikegraph, {p}": p for p in settings.precisions}
    found: dict[str, list[float]] = {}
    notices: list[str] = []
    for side in precisions:
        mode = next((m for m in peers if m.name == side), None)
        try:
            if mode is not None and mode.compiled:
                peak(side, settings, settings.first_call)  # fills the cache
            limit = None if mode is None else settings.first_call
            found[side] = [peak(side, settings, limit) for _ in range(min(settings.runs, 2))]
        except (subprocess.SubprocessError, OSError) as error:
            if mode is None:
                raise
            notices.append(f"{WHAT}: {side} is left out: {why(error)}")
            print(notices[-1], file=sys.stderr, flush=True)
    known: dict[str, Precision] = {side: precision for side, precision in precisions.items() if side in found}
    compared = references(found, known, {mode.name for mode in peers})
    note = f"T = 6, batch {BATCH}"
    return [Row(WHAT, found, note, {"spikegraph, bf16": Wanted("ratio", 2.5)}, "MB", compared, notices)]


def why(error: Exception) -> str:
    """Why a process gave no result."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"two steps took more than {error.timeout:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        return reason("\n".join(reversed((error.stderr or f"exit status {error.returncode}").splitlines())))
    return str(error)


def peak(side: str, settings: Settings, limit: float | None) -> float:
    """Peak memory of a fresh process in MB.

    Raises:
        SubprocessError: The process failed or took longer than the limit, in seconds.
    """
    command = [sys.executable, "-W", "ignore", __file__, side, str(settings.threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
    return float(json.loads(done.stdout.splitlines()[-1]))


def step(side: str, threads: int) -> None:
    """Run two training steps."""
    import torch
    from cifar import images, network, ours

    from spikegraph.backends.torch.lowering import lower
    from spikegraph.base.allocator import keep_buffers

    torch.set_num_threads(threads)
    batch = images(BATCH)
    mode: Mode | None = next((m for m in modes(("float32", "bf16")) if m.name == side), None)
    if mode is not None:
        run = Network(mode).training(batch)
    else:
        keep_buffers()
        built = network()
        run = ours(lower(built.graph, bf16=side.endswith("bf16")).train(), built, batch)
    for _ in range(2):
        run()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    step(sys.argv[1], int(sys.argv[2]))
    print(json.dumps(peak_memory()))
