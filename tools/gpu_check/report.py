"""The file that a check of a GPU leaves: which card, which tests passed, what everything took."""

import json
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from gpu_check.times import LIMIT, Row

ROOT = Path(__file__).parents[2]
PACKAGES = ("torch", "triton", "spikingjelly", "snntorch", "norse")


@dataclass(frozen=True)
class Tests:
    """How tests went.

    Attributes:
        summary: The last line of pytest.
        status: Its exit status; 0 if nothing failed.
        failures: What it printed of failures.
    """

    summary: str = "not run"
    status: int = 0
    failures: str = ""


def tested(folder: str = "tests/triton", names: str = "triton") -> Tests:
    """Runs all tests of a folder whose names have a word."""
    shown = ["--tb=short", "-p", "no:cacheprovider", "--color=no"]
    command = [sys.executable, "-m", "pytest", "-q", "--long", "-k", names, folder, *shown]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if not lines:
        return Tests(f"pytest ended with {done.returncode}", done.returncode, done.stderr.strip())
    begin = next((k for k, line in enumerate(lines) if line.startswith("===")), len(lines)) if done.returncode else len(lines)
    return Tests(lines[-1], done.returncode, "\n".join(lines[begin:-1]))


def versions() -> dict[str, str]:
    """Of the device and of packages."""
    found = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor() or platform.machine()
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def markdown(known: dict[str, str], tests: Tests, bandwidth: float, rows: list[Row]) -> str:
    """The check in Markdown."""
    lines = [f"# {known['device']}", "", ", ".join(f"{name} {number}" for name, number in known.items() if name != "device")]
    lines += ["", f"Tests of kernels: {tests.summary}", "", f"Copy bandwidth: {bandwidth / 1e9:.0f} GB/s", ""]
    for row in rows:
        lines += [
            f"## {row.title}",
            "",
            "| | ms | of the least | of the limit | peak memory, GB |",
            "|---|---:|---:|---:|---:|",
            f"| the least | {1e3 * row.least:.3f} | 1 | | |",
            f"| the limit | {1e3 * row.limit:.3f} | {LIMIT} | 1 | |",
        ]
        lines += [
            f"| {who} | {1e3 * took:.3f} | {took / row.least:.2f} | {took / row.limit:.2f} | {_gigabytes(row, who)} |"
            for who, took in row.seconds.items()
        ]
        lines += [f"| {who} | {why} | | | |" for who, why in row.failed.items()]
        lines.append("")
    if tests.failures:
        lines += ["## Tests that failed", "", "```text", tests.failures, "```", ""]
    return "\n".join(lines)


def _gigabytes(row: Row, who: str) -> str:
    return f"{row.memory[who] / 1e9:.2f}" if who in row.memory else ""


def write(folder: Path, known: dict[str, str], tests: Tests, bandwidth: float, rows: list[Row]) -> None:
    """Writes `gpu-check.md` and `gpu-check.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu-check.md").write_text(markdown(known, tests, bandwidth, rows), encoding="utf-8")
    found = {
        "versions": known,
        "tests": asdict(tests),
        "bandwidth": bandwidth,
        "rows": [{**asdict(row), "limit": row.limit} for row in rows],
    }
    (folder / "gpu-check.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
