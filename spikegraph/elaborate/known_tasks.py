"""Tasks, as far as they are known where a spec is checked."""

from importlib import import_module

from spikegraph.dsl.schema.forms import FORMS
from spikegraph.tasks import TASKS, Task


def known_task(name: str) -> Task | None:
    """The task of a name; None if there is none, or if it is written with numpy, which is missing.

    What only the task knows is checked where numpy is there.
    """
    try:
        return TASKS.get(name)
    except ImportError:
        if _has_numpy():
            raise
        return None


def tasks_of_plug_ins() -> list[str]:
    """The names of tasks that plug-ins have added."""
    return [name for name in TASKS if not TASKS.is_built_in(name)]


def unknown_task(name: str) -> bool:
    """Whether there is no task of a name; those of the package are known by their forms, without importing numpy."""
    if any(form.task == name and FORMS.is_built_in(of) for of, form in FORMS.items()):
        return False
    return name not in TASKS and _has_numpy()


def _has_numpy() -> bool:
    try:
        import_module("numpy")
    except ImportError:
        return False
    return True
