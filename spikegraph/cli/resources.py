"""Files that come with the package: specs, and the explanations of diagnostics."""

from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """A file or folder such as `specs` or `docs/diagnostics.md`: within the installed package, or beside it in a checkout.

    Raises:
        FileNotFoundError: It isn't there; the installation isn't whole.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"`{name}` isn't part of this installation; install the package anew")


def packaged_spec(name: str) -> Path | None:
    """The spec that comes with the package and is called `name`: `stereo.sdhs`, or `specs/genotypes/stereo.sdhs`."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return None
    within = path.relative_to("specs") if path.parts[:1] == ("specs",) else path
    found = resource("specs") / within
    return found if found.is_file() else None
