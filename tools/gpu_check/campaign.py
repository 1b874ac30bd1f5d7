"""What compiled kernels need, kept in a file: who compiles all of them can stop at any time, and go on."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gpu_check.offline import ARCHITECTURES, BACK, Case, Compiled, every

FILE = Path(__file__).parent / "kernels.jsonl"
"""A line for each kernel of each case of `every`."""
SEVERAL = ((ARCHITECTURES[0], ("moments", "forward")), *((sm, BACK) for sm in ARCHITECTURES))
"""Which kernels are compiled for which architectures: those that keep nothing for one."""


@dataclass
class Campaign:
    """Kernels by case, name and architecture.

    Attributes:
        path: Their file.
        found: For each the hash of what was compiled, and what it needs.
    """

    path: Path = FILE
    found: dict[str, tuple[str, Compiled]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = FILE) -> "Campaign":
        """That of a file, which may be missing or end within a line."""
        made = cls(path)
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            kernel, text = row.pop("kernel"), row.pop("text")
            made.found[kernel] = text, Compiled(**row)
        return made

    def compiled(self, case: Case, name: str, sm: int) -> Compiled:
        """A kernel: compiled if it hasn't been, or differs now; the file gets a line then."""
        kernel, text = title(case, name, sm), hash_of(case, name)
        before = self.found.get(kernel)
        if before is not None and before[0] == text:
            return before[1]
        found = case.compiled(name, sm)
        self.found[kernel] = text, found
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{_line(kernel, text, found)}")  # the file may end within a line
        return found

    def write(self) -> None:
        """The file anew, without what isn't a case or was compiled again."""
        lines = [_line(kernel, *self.found[kernel]) for kernel in titles(every()) if kernel in self.found]
        self.path.write_text("".join(lines), encoding="utf-8")


def titles(cases: Iterable[Case]) -> list[str]:
    """Of all kernels of cases."""
    return [title(case, name, sm) for case in cases for sm, names in SEVERAL for name in names]


def title(case: Case, name: str, sm: int) -> str:
    """Of a kernel."""
    return f"{case.model}, {case.terms} term{'s' * (case.terms > 1)}, {case.steps} steps, {name}, sm_{sm}"


def hash_of(case: Case, name: str) -> str:
    """Of what is compiled for a kernel: its text, and for how many numbers of a thread and steps of a segment."""
    return hashlib.sha256(f"{case.width(name).elements} {case.widths.segment}\n{case.text(name)}".encode()).hexdigest()[:12]


def _line(kernel: str, text: str, found: Compiled) -> str:
    return json.dumps({"kernel": kernel, "text": text, **asdict(found)}) + "\n"
