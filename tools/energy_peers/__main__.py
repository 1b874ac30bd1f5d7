"""Rows of other programs that count synaptic operations, to hold spikegraph's against: `python tools/energy_peers [PEER...]`.

For each peer, `neurobench` or `sanafe`, by default for both, it makes a virtual environment with what `PEER.txt` asks for,
counts the nets of `nets.py` there by `of_PEER.py`, and writes the peer's rows in `rows.jsonl` anew; `--check` compares with
them, in place of writing. It needs an index of packages and some minutes. Tests read the rows: no peer is a dependency.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nets import nets

HERE = Path(__file__).parent
ROWS = HERE / "rows.jsonl"
PEERS = ("neurobench", "sanafe")


def counted(peer: str) -> list[dict[str, Any]]:
    """The rows of a peer, in its environment."""
    found = import_module(f"of_{peer}")
    versions = {"python": platform.python_version(), **{name: version(name) for name in found.PACKAGES}}
    figures = {name: found.row(net) for name, net in nets().items()}
    return [{"peer": peer, "net": name, **row, "versions": versions} for name, row in figures.items() if row is not None]


def made(peer: str, folder: Path) -> list[dict[str, Any]]:
    """The rows of a peer, by a new environment in a folder.

    Raises:
        CalledProcessError: It can't be installed, or doesn't count.
    """
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / f"{peer}.txt"], check=True)
    done = subprocess.run([python, HERE, peer, "--here"], check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main(arguments: list[str] | None = None) -> int:
    """Counts, and writes or compares the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("peers", nargs="*", choices=PEERS, help="by default both")
    parser.add_argument("--check", action="store_true", help="compare with the rows that are there")
    parser.add_argument("--here", action="store_true", help="count with this Python, and print the rows")
    given = parser.parse_args(arguments)
    peers = given.peers or PEERS
    if given.here:
        for peer in peers:
            print(*map(json.dumps, counted(peer)), sep="\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        new = {peer: made(peer, Path(folder) / peer) for peer in peers}
    old = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()] if ROWS.exists() else []
    rows = [row for peer in PEERS for row in new.get(peer, [row for row in old if row["peer"] == peer])]
    if given.check:
        print("as stored" if rows == old else f"not as in {ROWS}", file=sys.stderr)
        return int(rows != old)
    ROWS.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
