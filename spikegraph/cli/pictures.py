"""What `render` and `diff` have in common: a picture's file, and what to say where there is none."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from spikegraph.cli.failures import FAILED, WRONG_USAGE
from spikegraph.cli.streams import say


class Refused(click.ClickException):
    """A failure with its mend, told as the program tells all others."""

    def __init__(self, summary: str, help: str | None, status: int) -> None:
        super().__init__(summary if help is None else f"{summary}\nhelp: {help}")
        self.exit_code = status  # pyright: ignore[reportAttributeAccessIssue] (click reads it from the instance)

    def show(self, file: object = None) -> None:
        """Says it on standard error."""
        del file
        say(f"error: {self.message}")


@contextmanager
def told() -> Generator[None]:
    """Turns what a user can mend into words."""
    from spikegraph.backends.graphviz.engine import NotThereError, RenderError  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype.history import HistoryError  # noqa: PLC0415
    from spikegraph.genotype.read import NoArchitectureError  # noqa: PLC0415

    try:
        yield
    except (NotThereError, NoArchitectureError) as error:
        raise Refused(error.summary, error.help, WRONG_USAGE) from error
    except RenderError as error:
        raise Refused(error.summary, error.help, FAILED) from error
    except HistoryError as error:
        raise Refused(str(error), None, FAILED) from error


PICTURE = click.Path(path_type=Path, dir_okay=False)
"""A file that a picture is written to."""
