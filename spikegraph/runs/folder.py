"""A run is a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole

PhaseName = Literal["search", "retrain"]
Which = Literal["newest", "best"]

SAME = {"resolved_sha256": "the spec", "seed": "the seed", "precision": "the precision", "genotype_sha256": "the genotype"}
"""What a resumed run must have in common with what is there, with its name in a sentence."""


@dataclass(frozen=True)
class RunFolder:
    """The paths in a run's folder.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """`manifest.json`: spec, seed, versions, command, device, precision, start."""
        return self.path / "manifest.json"

    @property
    def resolved(self) -> Path:
        """`resolved.sdhs`: the spec with every default written out."""
        return self.path / "resolved.sdhs"

    @property
    def metrics(self) -> Path:
        """`metrics.jsonl`: the journal."""
        return self.path / "metrics.jsonl"

    @property
    def genotype(self) -> Path:
        """`genotype.sdhs`: the searched architecture, or the one that was given."""
        return self.path / "genotype.sdhs"

    @property
    def snapshots(self) -> Path:
        """`snapshots/`: the architecture decoded every so many epochs of the search."""
        return self.path / "snapshots"

    def snapshot(self, epoch: int) -> Path:
        """`snapshots/epoch-0003.sdhs`, the architecture after an epoch, counted from 1."""
        return self.snapshots / f"epoch-{epoch:04d}.sdhs"

    @property
    def summary(self) -> Path:
        """`summary.json`: what came out, phase by phase."""
        return self.path / "summary.json"

    @property
    def examples(self) -> Path:
        """`examples.npz`: a few predictions on the test set; see `example_file`."""
        return self.path / "examples.npz"

    @property
    def diagrams(self) -> Path:
        """`diagrams/`, for pictures of the networks."""
        return self.path / "diagrams"

    @property
    def tensorboard(self) -> Path:
        """`tensorboard/`, where it was asked for."""
        return self.path / "tensorboard"

    def checkpoint(self, phase: PhaseName, which: Which = "newest") -> Path:
        """`checkpoints/PHASE.WHICH.safetensors`."""
        return self.path / "checkpoints" / f"{phase}.{which}.safetensors"

    def read_manifest(self) -> dict[str, Any]:
        """The manifest.

        Raises:
            RunFolderError: There is none, or it can't be read.
        """
        return read_json(self.manifest, "the folder of a run")

    def read_genotype(self) -> str | None:
        """The text of the genotype; None before the search is over."""
        return self.genotype.read_text(encoding="utf-8") if self.genotype.exists() else None

    def begin(self, manifest: dict[str, Any], resolved: str, *, resume: bool) -> bool:
        """Takes the folder for a run: makes it, or goes on in it.

        Args:
            manifest: Of this run.
            resolved: The spec with every default.
            resume: Whether a run that is there is gone on with. Where none is there, one begins.

        Returns:
            Whether a run is gone on with.

        Raises:
            RunFolderError: Another run is there, or the folder can't be made.
        """
        try:
            if self.manifest.exists():
                self._compare(manifest, resume=resume)
                return True
            if self.path.exists() and any(self.path.iterdir()):
                raise RunFolderError(f"{self.path} holds other files, and no run", "name a new or an empty folder with --out")
            for folder in (self.path, self.checkpoint("search").parent, self.diagrams):
                folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.resolved, resolved)
            # Last: a folder with a manifest is a run.
            write_whole(self.manifest, as_json(manifest))
        except OSError as error:
            raise RunFolderError(f"{self.path} can't be written: {error.strerror or error}") from error
        return False

    def _compare(self, manifest: dict[str, Any], *, resume: bool) -> None:
        held = self.read_manifest()
        if not resume:
            raise RunFolderError(
                f"{self.path} holds a run that began {held.get('started', 'before')}",
                "--resume goes on with it; --out names another folder",
            )
        for key, words in SAME.items():
            if held.get(key) != manifest.get(key):
                shown = "" if key.endswith("sha256") else f" (there {held.get(key)}, now {manifest.get(key)})"
                raise RunFolderError(
                    f"{self.path} can't be resumed: {words} is another{shown}",
                    "give what the manifest names, or another folder with --out",
                )


def as_json(data: object) -> str:
    """JSON for people: indented, with a line's end."""
    return json.dumps(data, indent=2, allow_nan=False) + "\n"


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        RunFolderError: It isn't there, can't be read, or holds no object.
    """
    try:
        data: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunFolderError(f"{path.parent} is not {what}: it has no {path.name}") from error
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} can't be read: {error}") from error
    if not isinstance(data, dict):
        raise RunFolderError(f"{path} holds no JSON object")
    return cast("dict[str, Any]", data)
