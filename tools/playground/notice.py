"""The notice beside the page: what is in it of others, under which licences, and where its source is."""

import zipfile
from pathlib import Path

from packages import GRAPHVIZ, PACKAGES, PYODIDE

HEAD = """\
The playground of spikegraph (Apache-2.0) holds the packages below. They are changed in this: modules of Python that it loads
are compiled, those of others without their docstrings; scripts lack the line `sourceMappingURL`, which names a file for
debuggers; the list of packages in `pyodide-lock.json` is empty; files called RECORD are left out; and files are packed
together. Their source is at the addresses.
"""
WITHOUT_A_FILE = {
    PYODIDE.name: "Pyodide is under the Mozilla Public License 2.0, https://www.mozilla.org/MPL/2.0/. It includes Python, "
    "of the Python Software Foundation, under the PSF License, https://docs.python.org/3/license.html.",
    GRAPHVIZ.name: "The wrapper is under the Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0. It includes "
    "Graphviz (https://gitlab.com/graphviz/graphviz), under the Eclipse Public License 2.0, "
    "https://www.eclipse.org/legal/epl-2.0/, and Expat (https://github.com/libexpat/libexpat), under the MIT License.",
}
"""What is said of packages whose archives hold no texts of all their licences."""


def text(wheels: list[Path]) -> str:
    """The notice.

    Args:
        wheels: The packages of Python, with the texts of their licences.
    """
    rows = [f"{p.name} {p.version}: {p.licence}, {p.source}" for p in PACKAGES]
    found = [HEAD, "\n".join(rows) + "\n", *(f"{line}\n" for line in WITHOUT_A_FILE.values())]
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if ".dist-info/licenses/" in name and not name.endswith("/"):
                    content = archive.read(name).decode("utf-8", "replace")
                    found.append(f"{'=' * 72}\n{name}\n{'=' * 72}\n{content.rstrip()}\n")
    return "\n".join(found)
