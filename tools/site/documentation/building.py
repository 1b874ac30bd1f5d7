"""Builds the documentation site: a folder that any server of static files serves. `tools/site/build -o DIR` calls it."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from documentation import accessible, layout
from documentation.links import BuildError

sys.path.insert(0, str(layout.ROOT))

PLACE = "<!--documentation-->"
"""Where the page of the playground gets its link to the site."""

CONFIGURATION = Path(__file__).resolve().parents[1] / "configuration"


def main() -> int:
    """Reads the command line and builds. The status is 1 where it fails."""
    parser = argparse.ArgumentParser(prog="build", description="Build the documentation site. Nothing is downloaded.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="Write to this folder, which is new.")
    parser.add_argument(
        "--playground", type=Path, metavar="DIR", help="Put the playground in, a folder by `tools/playground/build -o DIR`."
    )
    parser.add_argument(
        "--systems", metavar="NAMES", help="Draw only these systems of the gallery, such as `spikformer,vgg16`, or none."
    )
    given = parser.parse_args()
    try:
        drawn = None if given.systems is None else [name for name in given.systems.split(",") if name != "none"]
        build(given.output, given.playground, drawn)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.output}: {sum(1 for _ in given.output.rglob('*.html'))} pages")
    return 0


def build(output: Path, playground: Path | None = None, drawn: Collection[str] | None = None) -> None:
    """Builds the site into a new folder.

    Args:
        output: The folder; written beside its place first, so that a failure leaves nothing there.
        playground: The folder of a built playground, which becomes `playground/`.
        drawn: The systems that the gallery draws; None for all.

    Raises:
        BuildError: The folder exists, a page or a link is wrong, or Sphinx is missing or has a warning.
    """
    try:
        from documentation.assembly import put_together
    except ModuleNotFoundError as error:
        raise BuildError(f'{error.name} is missing; `pip install -e ".[docs]"` installs it for {sys.executable}') from error
    if find_spec("sphinx") is None:
        raise BuildError(f'sphinx is missing; `pip install -e ".[docs]"` installs it for {sys.executable}')
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BuildError(f"{output} isn't an empty folder; name another one, or delete it")
    if playground is not None and not (playground / "index.html").is_file():
        raise BuildError(f"{playground} holds no playground; build one by `tools/playground/build -o {playground}`")
    with tempfile.TemporaryDirectory() as folder:
        sources, made = Path(folder) / "sources", Path(folder) / "site"
        sources.mkdir()
        put_together(sources, drawn, playground is not None)
        html(sources, made)
        accessible.repair(made)
        if playground is not None:
            shutil.copytree(playground, made / "playground")
            page = made / "playground" / "index.html"
            page.write_text(linked(page.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copytree(made, output, dirs_exist_ok=True)


def linked(playground: str) -> str:
    """The playground's page with a link to the site, which it hasn't where it is served alone.

    Raises:
        BuildError: The page has no place for the link.
    """
    if playground.count(PLACE) != 1:
        raise BuildError(f"the playground's index.html has no `{PLACE}`; build it anew by `tools/playground/build`")
    return playground.replace(PLACE, '<p><a href="../index.html">Documentation</a></p>')


def html(sources: Path, made: Path) -> None:
    """Lets Sphinx make the pages; a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-j", "auto", "-W", "--keep-going", "-c", str(CONFIGURATION)]
    command += ["-d", str(sources.parent / "doctrees"), str(sources), str(made)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise BuildError(f"Sphinx found mistakes:\n{found.stderr.strip()}")
    for name in (".buildinfo", "_static/webpack-macros.html"):  # of the next build, and of the theme's own templates
        (made / name).unlink(missing_ok=True)
