"""Run in Pyodide while the page is built: answers about every kind of region once, and compiles what this loaded.

Its value is JSON: the bytes of each compiled module, in base64, by the name of its file in site-packages or in the zip file of
the standard library.
"""

import base64
import json
import py_compile
import sys
import zipfile
from pathlib import Path

import spikegraph
from spikegraph.service.regions import Settings, choices, regions

for example in choices()["examples"]:
    if example["name"] in ("images", "cifar10"):
        for picture in ("network", "block", "cell", "trellis", "ops"):
            list(regions(example["text"], Settings.of({**example, "picture": picture})))
            list(regions(example["text"].replace("decay", "decaz"), Settings.of({**example, "picture": picture})))

SITE = Path(spikegraph.__file__).parents[1]
STANDARD = Path(next(path for path in sys.path if path.endswith(".zip")))


def compiled(source, name):
    """A module as Python would cache it, which isn't compared with its source; those of others without docstrings."""
    file = Path("module.py")
    file.write_bytes(source)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    made = file.with_suffix(".pyc")
    level = 0 if name.startswith("spikegraph/") else 2
    py_compile.compile(str(file), str(made), name, doraise=True, optimize=level, invalidation_mode=unchecked)
    return base64.b64encode(made.read_bytes()).decode()


found = {"site": {}, "standard": {}}
with zipfile.ZipFile(STANDARD) as archive:
    standard = set(archive.namelist())
    for module in list(sys.modules.values()):
        file = Path(getattr(module, "__file__", None) or "/")
        if file.is_relative_to(SITE) and file.suffix == ".py":
            name = str(file.relative_to(SITE))
            found["site"][name] = compiled(file.read_bytes(), name)
        elif file.is_relative_to(STANDARD) and (name := str(file.relative_to(STANDARD))) in standard:
            found["standard"][name] = compiled(archive.read(name), name)
json.dumps(found)
