"""What compiled kernels need, kept in a file: who compiles all of them can stop at any time, and go on."""

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gpu_check.offline import ARCHITECTURES, BACK, WARPS, Case, Compiled, every

from spikegraph.backends.torch.triton import functions

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
        """The file anew, without what isn't a case or was compiled again; what isn't a case is forgotten too."""
        self.found = {kernel: self.found[kernel] for kernel in titles(every()) if kernel in self.found}
        self.path.write_text("".join(_line(kernel, *found) for kernel, found in self.found.items()), encoding="utf-8")


def titles(cases: Iterable[Case]) -> list[str]:
    """Of all kernels of cases."""
    return [title(case, name, sm) for case in cases for sm, names in SEVERAL for name in names]


def title(case: Case, name: str, sm: int) -> str:
    """Of a kernel."""
    return f"{case.model}, {case.terms} term{'s' * (case.terms > 1)}, {case.steps} steps, {name}, sm_{sm}"


def hash_of(case: Case, name: str) -> str:
    """Of what is compiled for a kernel: its text with the functions that it calls, its size, and by which Triton."""
    text, version = case.text(name), importlib.metadata.version("triton")
    sizes = (case.width(name).elements, case.widths.segment, WARPS)
    return hashlib.sha256("\n".join((version, repr(sizes), *_functions(text), text)).encode()).hexdigest()[:12]


def _functions(text: str) -> list[str]:
    """The texts of the functions of `functions` that a text calls, and of those that these call."""
    known = {name: "".join(each.raw_src) for name, each in vars(functions).items() if hasattr(each, "raw_src")}
    called, added = set[str](), {text}
    while added:
        names = {name for name in known for each in added if re.search(rf"\b{name}\(", each)} - called
        called, added = called | names, {known[name] for name in names}
    return [known[name] for name in sorted(called)]


def _line(kernel: str, text: str, found: Compiled) -> str:
    return json.dumps({"kernel": kernel, "text": text, **asdict(found)}) + "\n"
