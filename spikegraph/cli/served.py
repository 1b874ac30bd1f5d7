"""What servers do before they read a folder of somebody else."""

import os
import sys


def without_this_folder() -> None:
    """Lets nothing be imported from the folder that the program is started in from now on, here and in processes it starts.

    `python -m spikegraph` has looked for the package there by then; start Python with `-P`.
    """
    if sys.argv[0].endswith("__main__.py") and os.path.realpath(sys.path[0] or ".") == os.path.realpath("."):
        del sys.path[0]  # `python -m` looks first in the folder that it is started in
    os.environ["PYTHONSAFEPATH"] = "1"
