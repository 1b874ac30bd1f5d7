"""Notes on exceptions in the code of plug-ins, for callers in Python."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def naming_plugins() -> Generator[None]:
    """Adds a note to an exception of a plug-in's code: its name, its file and the line."""
    try:
        yield
    except Exception as error:
        from spikegraph.plugins.local_files import culprit  # noqa: PLC0415 (importing the package stays cheap)

        found = None if hasattr(error, "status") else culprit(error)  # errors with an exit status are meant for users
        if found is not None:
            error.add_note(f"{found.summary}; correct the plug-in")
        raise
