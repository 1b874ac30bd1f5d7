"""The folder of a new run: the given one, or one that no other run has."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from spikegraph.base.visible import visible_name
from spikegraph.runs.folder import RunFolder

RUNS = Path("runs")
"""Where runs are without `--out`."""


@contextmanager
def run_folder(given: Path | None, spec: str, notice: Callable[[str], None], what: str = "run") -> Generator[RunFolder]:
    """The folder of a run; an error before the run has begun removes a new one, and `runs` if that is new too.

    Args:
        given: The folder that the user chose; by default `runs/SPEC-TIME`, which is made, with a number if it is taken.
        spec: The spec's path.
        notice: Is told the name of a new folder.
        what: What it is the folder of, for the notice.

    Raises:
        OSError: The new folder can't be made.
    """
    if given is not None:
        yield RunFolder(given)
        return
    first = not RUNS.exists()
    folder = make_folder(RUNS / f"{Path(spec).stem}-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S')}")
    notice(f"{what}: {visible_name(folder)}")
    try:
        yield RunFolder(folder)
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # fails if something is in it
            if first:
                RUNS.rmdir()
        raise


def make_folder(wanted: Path) -> Path:
    """Makes a folder that didn't exist, `wanted` or `wanted-2` and so on; two processes never get the same one.

    Raises:
        OSError: It can't be made.
    """
    folder, count = wanted, 1
    while True:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir()
        except FileNotFoundError:  # another process has removed it just now
            continue
        except FileExistsError:
            count += 1
            folder = wanted.with_name(f"{wanted.name}-{count}")
        else:
            return folder
