"""Checks in a process of their own, one at a time, so that answers don't wait for them."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from spikegraph.lsp.worker import Worker
from spikegraph.service.checked import Checked, check

PAUSE = 0.15
"""Seconds without an edit before a check begins."""


class Checks:
    """Checks files when asked, the latest state of each; what is found goes to `found`, failures to `failed`."""

    def __init__(
        self,
        texts: Callable[[], Mapping[Path, str]],
        found: Callable[[Checked], None],
        failed: Callable[[Path, BaseException], None],
    ) -> None:
        self.texts, self.found, self.failed = texts, found, failed
        self._wanted: dict[Path, None] = {}
        self._worker = Worker()
        self._task: asyncio.Task[None] | None = None
        self._edits = 0

    def want(self, path: Path) -> None:
        """Asks for a check of a file as it is then."""
        self._edits += 1
        self._wanted.pop(path, None)
        self._wanted[path] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def forget(self, path: Path) -> None:
        """Takes back the wish."""
        self._wanted.pop(path, None)

    def stop(self) -> None:
        """Ends the process, and the check that it makes."""
        if self._task is not None:
            self._task.cancel()
        self._worker.stop()

    async def _run(self) -> None:
        while self._wanted:
            edits = self._edits
            await asyncio.sleep(PAUSE)
            if edits != self._edits:
                continue
            path = next(reversed(self._wanted))
            del self._wanted[path]
            try:
                self.found(await self._worker.call(check, path, self.texts()))
            except Exception as error:  # noqa: BLE001 (a bug of the compiler must not end the server)
                self.failed(path, error)
