"""Checkpoints of version 1, which held the weights too.

Their tensors `model/NAME` are now a file of their own, with the temperatures of searched surrogates; the checkpoint names it
by its hash.
"""

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from spikegraph.upgrade.safetensors import Content, read, write
from spikegraph.upgrade.table import Format, Step, UpgradeError

CHECKPOINT, WEIGHTS = "spikegraph-checkpoint", "spikegraph-weights"


@dataclass(frozen=True)
class Pair:
    """A checkpoint and its weights.

    Attributes:
        checkpoint: What is in the checkpoint.
        weights: The file of weights; None if the checkpoint has them.
    """

    checkpoint: Content
    weights: bytes | None = None

    @property
    def version(self) -> int:
        """The version. For a while 2 was also written before the weights had a file of their own: that is version 1 here."""
        number = int(self.checkpoint.metadata["format_version"])
        return 1 if number == 2 and "weights" not in self.checkpoint.metadata else number


def read_pair(path: Path) -> Pair:
    """The checkpoint in a file.

    Raises:
        UpgradeError: It is damaged, or no checkpoint.
        OSError: It can't be read.
    """
    pair = Pair(read(path, "delete it; --resume then restarts its phase"))
    if pair.checkpoint.metadata.get("format") != CHECKPOINT:
        raise UpgradeError("not a checkpoint of spikegraph", "give the folder of a run", path=path)
    try:
        _ = pair.version
    except (ValueError, KeyError) as error:
        raise UpgradeError("it has no format version", "delete it; --resume then restarts its phase", path=path) from error
    return pair


def _from_1(pair: Pair) -> Pair:
    """Weights in a file of their own."""
    held, prefix = pair.checkpoint, "model/"
    state = json.loads(held.metadata["state"])
    temperatures = json.dumps(state.pop("temperatures", {}))
    trained = {name.removeprefix(prefix): t for name, t in held.tensors.items() if name.startswith(prefix)}
    weights = write(Content(trained, {"format": WEIGHTS, "format_version": "1", "temperatures": temperatures}))
    rest = {name: t for name, t in held.tensors.items() if not name.startswith(prefix)}
    metadata = {"format": CHECKPOINT, "format_version": "2"}
    metadata |= {"weights": sha256(weights).hexdigest(), "state": json.dumps(state)}
    return replace(pair, checkpoint=Content(rest, metadata), weights=weights)


FORMAT = Format("checkpoint", 3, {1: Step(_from_1, "the weights have a file of their own")}, reads=2)
