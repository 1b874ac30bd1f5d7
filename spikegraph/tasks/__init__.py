"""Tasks: what the targets of samples are, and everything that follows from it. One file for each."""

from typing_extensions import override

from spikegraph.dsl.schema.forms import FORMS
from spikegraph.plugins.registry import RegistrationError, Registry
from spikegraph.tasks.scores import Scores
from spikegraph.tasks.task import Task

__all__ = ["TASKS", "Scores", "Task"]


class Tasks(Registry[Task]):
    """Tasks by name, each registered with the forms of values and the kinds of examples that it brings."""

    @override
    def register(self, name: str, value: Task, *, replace: bool = False) -> Task:
        if (own := getattr(value, "name", name)) != name:
            raise RegistrationError(f"task `{name}`: its `name` is `{own}`; register it under this name")
        super().register(name, value, replace=replace)
        for form, what in value.forms.items():
            FORMS.register(form, what, replace=replace)
        if value.kinds:
            from spikegraph.runs.examples import EXAMPLES  # noqa: PLC0415 (needs numpy)

            for kind in value.kinds:
                EXAMPLES.register(kind.kind, kind, replace=replace)
        return value


TASKS = Tasks("task", "spikegraph.tasks", package="spikegraph.tasks.built_in", kind=Task)
"""All tasks by name."""
