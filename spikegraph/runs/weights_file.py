"""A file of weights beside the checkpoint that goes with it: both change at once, even if the process is killed in between.

The new weights are first written beside the old ones. The checkpoint names the weights that it goes with by their hash, so
replacing the checkpoint, which is one step, is the moment at which the new pair counts. Then the new weights take their name.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from spikegraph.files import write_whole


def write_pair(weights: Path, content: bytes, write_checkpoint: Callable[[str], None]) -> None:
    """Writes a file of weights and its checkpoint; replaces earlier ones.

    Args:
        weights: The file of weights.
        content: What it will hold.
        write_checkpoint: Writes the checkpoint, as a whole, with the hash that it gets.

    Raises:
        OSError: A file can't be written; the earlier pair is kept.
    """
    new = _new(weights)
    write_whole(new, content)
    write_checkpoint(sha256(content).hexdigest())
    new.replace(weights)


def completed(weights: Path, digest: str) -> bool:
    """Whether the file has the weights that a checkpoint names; finishes a `write_pair` that was killed.

    Raises:
        OSError: A file can't be read.
    """
    new = _new(weights)
    if _has(new, digest):
        new.replace(weights)
        return True
    new.unlink(missing_ok=True)
    return _has(weights, digest)


def _new(weights: Path) -> Path:
    return weights.with_name(f".{weights.name}.new")


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == digest
