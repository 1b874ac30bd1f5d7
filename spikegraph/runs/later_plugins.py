"""The plug-ins that a run is seen to use only after it has begun, such as those of metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.runs.folder import FORMAT_VERSION, RunFolder
from spikegraph.runs.json_file import write_record
from spikegraph.runs.provenance import with_plugins


@dataclass
class LaterPlugins:
    """Adds plug-ins to the manifest of a run.

    Attributes:
        folder: The run folder, also while candidates are trained, which have folders of their own.
        found: The plug-ins that the run was seen to use so far.
        recorded: The number of those that the manifest has.
    """

    folder: RunFolder
    found: Mapping[str, None]
    recorded: int = 0

    def record(self) -> None:
        """Writes the manifest again if it lacks some.

        Raises:
            RunFolderError: It can't be read.
            OSError: It can't be written.
        """
        if len(self.found) == self.recorded:
            return
        self.recorded = len(self.found)
        held = self.folder.read_manifest()
        completed = with_plugins(held, self.found)
        if completed.plugins != held.plugins:
            write_record(self.folder.manifest, completed, FORMAT_VERSION)
