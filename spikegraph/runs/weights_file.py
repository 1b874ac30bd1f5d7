"""A file of weights beside the checkpoint that goes with it, written so that a kill at any moment leaves a pair that is whole.

The checkpoint names its weights by their hash. Both files are first written beside the old ones. Then the old pair gets the
names of the previous one, so that it is still there if the new one turns out to be damaged, and the new files get their names.
Replacing the checkpoint is the moment at which the new pair counts; its weights are found by their hash wherever they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from spikegraph.base.files import keep, sync_folder, write_whole
from spikegraph.base.surface import argument
from spikegraph.runs.sealed_file import check, metadata

START = "start.safetensors"
"""The file of a run with the weights of a model in Python from which its retraining starts."""


@dataclass(frozen=True)
class Pair:
    """The two files of a checkpoint.

    Attributes:
        checkpoint: Everything but the weights.
        weights: The weights.
    """

    checkpoint: Path
    weights: Path

    def write(self, weights: bytes, checkpoint: Callable[[str], bytes], previous: "Pair | None" = None) -> None:
        """Writes both files.

        Args:
            weights: The content of the file of weights.
            checkpoint: The content of the checkpoint, for the hash of the weights.
            previous: The names that the files get which are there now; by default they are replaced.

        Raises:
            OSError: A file can't be written; the earlier pair is kept.
        """
        self.checkpoint.parent.mkdir(exist_ok=True)  # who restarts a phase may have deleted it
        files = {self.checkpoint: checkpoint(sha256(weights).hexdigest()), self.weights: weights}
        for path, content in files.items():
            write_whole(_new(path), content)
        if previous is not None and self.checkpoint.exists() and self.weights.exists():
            self.copy(previous)
        for path in files:
            _new(path).replace(path)
        self._sync()

    def copy(self, other: "Pair") -> None:
        """Gives these files the names of another pair too, which they take from it.

        Raises:
            OSError: A name can't be given.
        """
        keep(self.weights, other.weights)
        keep(self.checkpoint, other.checkpoint)
        other._sync()

    def take_weights(self, digest: str, *elsewhere: Path) -> bool:
        """Whether the weights with this hash are there; afterwards they have their name.

        They are found under their name, as a `write` left them that was killed, or elsewhere.

        Raises:
            OSError: A file can't be read or renamed.
        """
        found = next((path for path in (_new(self.weights), self.weights, *elsewhere) if _has(path, digest)), None)
        if found is not None and found != self.weights:
            keep(found, self.weights)
        return found is not None

    def has_damaged_weights(self, digest: str) -> bool:
        """Whether the weights under their name aren't those of a hash, and their own checksum says that they are damaged."""
        if not self.weights.is_file() or _has(self.weights, digest):
            return False
        content = self.weights.read_bytes()
        try:
            if metadata(content).get("format_version") != "1":  # which had no checksum
                check(content)
        except ValueError:
            return True
        return False

    def remove_unfinished(self) -> None:
        """Removes what a killed `write` left; call it after `take_weights`."""
        for path in (self.checkpoint, self.weights):
            _new(path).unlink(missing_ok=True)

    def _sync(self) -> None:
        for folder in {self.checkpoint.parent, self.weights.parent}:
            sync_folder(folder)


def help_for(path: Path) -> str:
    """The help for a checkpoint that can't be used, or for weights alone."""
    phase, which, *_ = [*path.name.split("."), ""]
    if which not in ("newest", "previous"):
        again = "in a run that isn't complete, delete retrain.newest.safetensors and retrain.previous.safetensors"
        instead = f"{again} to restart the retraining with {argument('resume')}"
        return f"restore the file, or train again with {argument('out')}; {instead}"
    both = f"delete {phase}.newest.safetensors and {phase}.previous.safetensors to restart the {phase} phase"
    best = path.with_name(f"{phase}.best.safetensors")
    if not best.exists():
        return f"{both} with {argument('resume')}"
    return f"{both} with {argument('resume')}, or copy {best.name} and its weights over the newest pair to continue from there"


def _new(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == digest
