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

        if (found := culprit(error)) is not None:  # errors with an exit status are meant for users
            error.add_note(found.where if hasattr(error, "status") else f"{found.summary}; correct the plug-in")
        raise
