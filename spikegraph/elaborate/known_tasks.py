"""Tasks, as far as they are known where a spec is checked."""

from collections.abc import Mapping
from importlib import import_module

from spikegraph.dsl.schema.forms import FORMS
from spikegraph.tasks import TASKS, Task


def known_tasks() -> Mapping[str, Task]:
    """All tasks; none where numpy is missing, in which they are written: what only they know is checked where it is there."""
    try:
        import_module("numpy")
    except ImportError:
        return {}
    return TASKS


def unknown_task(name: str) -> bool:
    """Whether there is no task of a name; those of the package are known by their forms, without importing numpy."""
    if any(form.task == name and FORMS.is_built_in(of) for of, form in FORMS.items()):
        return False
    tasks = known_tasks()
    return bool(tasks) and name not in tasks
