"""The files that a check of a GPU leaves: which card, which tests passed, what everything took."""

import json
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from gpu_check.times import LIMIT, Row

ROOT = Path(__file__).parents[2]
PACKAGES = ("torch", "triton", "spikingjelly", "snntorch", "norse")
NEED_A_CARD = ("tests/triton/test_triton_card.py", "tests/triton/test_triton_kernels.py")
"""The tests that a GPU changes; the others of kernels compile or compute the same on any machine."""
MOST = 2400.0
"""Seconds that the tests may take."""


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


@dataclass
class Check:
    """What is known so far.

    Attributes:
        versions: Of the device and of packages.
        tests: How tests went.
        bandwidth: Bytes a second of a copy; 0 if it isn't known.
        rows: What was timed.
        complete: Whether the check has come to its end.
    """

    versions: dict[str, str]
    tests: Tests = field(default_factory=Tests)
    bandwidth: float = 0.0
    rows: list[Row] = field(default_factory=list)
    complete: bool = False


def tested(log: Path, files: Sequence[str] = NEED_A_CARD, *, most: float = MOST) -> Tests:
    """Runs the tests of files whose names have the word `triton`; what pytest prints is shown and written as it comes.

    Args:
        log: The file for it.
        files: The files.
        most: The seconds after which they are stopped.
    """
    shown = ["-v", "--tb=short", "-p", "no:cacheprovider", "--color=no"]
    command, lines, over = [sys.executable, "-m", "pytest", "--long", "-k", "triton", *files, *shown], list[str](), list[bool]()
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        ) as process,
    ):
        assert process.stdout is not None

        def stop() -> None:
            over.append(True)
            process.send_signal(signal.SIGINT)  # pytest tells what failed until then
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            _kill(process)

        timer = threading.Timer(most, stop)
        timer.start()
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                print(line, end="", flush=True)
                out.write(line)
                out.flush()
        finally:
            timer.cancel()
            _kill(process)
    status = 1 if over else process.wait()
    begin = next((k for k, x in enumerate(lines) if x.startswith("===") and ("FAILURES" in x or "ERRORS" in x)), -20)
    summary = f"stopped after {most / 60:.0f} minutes" if over else lines[-1].strip("= ") if lines else f"ended with {status}"
    return Tests(summary, status, "\n".join(lines[begin:-1]) if status else "")


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def versions() -> dict[str, str]:
    """Of the device and of packages."""
    found = {"device": platform.processor() or platform.machine()}
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        found = {
            "device": card.name,
            "compute capability": f"{card.major}.{card.minor}",
            "memory": f"{card.total_memory / 1e9:.0f} GB",
            "driver": _said("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"),
            "CUDA": str(torch.version.cuda),
        }
    found |= {"commit": _said("git", "rev-parse", "--short", "HEAD"), "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _said(*command: str) -> str:
    """The line that a program prints, or "unknown"."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else "unknown"


def markdown(check: Check) -> str:
    """The check in Markdown."""
    known = check.versions
    lines = [f"# {known['device']}", "", ", ".join(f"{name} {number}" for name, number in known.items() if name != "device")]
    lines += [] if check.complete else ["", "This check isn't complete."]
    copied = f"{check.bandwidth / 1e9:.0f} GB/s" if check.bandwidth else "not known"
    lines += ["", f"Tests of kernels: {check.tests.summary}", "", f"Copy bandwidth: {copied}", ""]
    for row in check.rows:
        lines += [
            f"## {row.title}",
            "",
            "| | ms | of the least | of the limit | started in, ms | peak memory, GB |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        if row.least:
            lines += [f"| the least | {1e3 * row.least:.3f} | 1 | | | |"]
            lines += [f"| the limit | {1e3 * row.limit:.3f} | {LIMIT} | 1 | | |"]
        for who, took in row.seconds.items():
            cells = [f"{took / row.least:.2f}", f"{took / row.limit:.2f}"] if row.least else ["", ""]
            cells.append(f"{1e3 * row.started[who]:.3f}" if who in row.started else "")
            cells.append(f"{row.memory[who] / 1e9:.2f}" if who in row.memory else "")
            lines.append(f"| {who} | {1e3 * took:.3f} | {' | '.join(cells)} |")
        lines += [f"| {who} | {why} | | | | |" for who, why in row.failed.items()]
        lines.append("")
    if check.tests.failures:
        lines += ["## Tests that failed", "", "```text", check.tests.failures, "```", ""]
    return "\n".join(lines)


def write(folder: Path, check: Check) -> None:
    """Writes `gpu-check.md` and `gpu-check.json`; each replaces the one from before at once."""
    rows = [{**asdict(row), "limit": row.limit} for row in check.rows]
    texts = {"md": markdown(check), "json": json.dumps({**asdict(check), "rows": rows}, indent=2) + "\n"}
    for kind, text in texts.items():
        new = folder / f"gpu-check.{kind}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(folder / f"gpu-check.{kind}")
