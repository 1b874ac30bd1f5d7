"""Which tests are marked `quick`: those of parts without torch, but for the files that take seconds.

`pytest -m quick` collects nothing else.
"""

from pathlib import Path

HERE = Path(__file__).parent
FOLDERS = ("architecture", "charts", "diagnostics", "dsl", "elaborate", "genotype", "ir", "overview", "progress", "runs")
SLOWER = (
    *("architecture/test_without_torch.py", "elaborate/test_hidden_names.py", "elaborate/test_size.py"),
    *(f"diagnostics/test_{name}.py" for name in ("explanations", "one_line_mistakes", "one_mistake_one_error")),
    *(f"dsl/test_{name}.py" for name in ("fuzz", "limits", "linear_time", "mutations", "printer", "resolve")),
    *("genotype/test_wire_choices.py", "ir/test_canonical.py", "ir/test_text_and_json.py", "runs/test_hostile.py"),
    *(f"runs/test_{name}.py" for name in ("lock", "new_folder", "state", "without_torch")),
)
"""Files in these folders that take more than two seconds each."""


def is_quick(path: Path) -> bool:
    """Whether the tests of a file are quick, or a folder has such files."""
    name = path.relative_to(HERE).as_posix()
    return name in (".", *FOLDERS) or (name.partition("/")[0] in FOLDERS and name not in SLOWER)
