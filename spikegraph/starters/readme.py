"""The README of a new project."""

from pathlib import PurePosixPath

from spikegraph.starters.kinds import MODULE, STARTERS, import_command

DOCS = "https://github.com/spikegraph/spikegraph/blob/main/docs"


def readme(name: str, kind: str) -> str:
    """The text, whose commands are typed in the folder that holds the project's."""
    starter, spec = STARTERS[kind], f"{name}/{name}.sdhs"
    commands = {
        f"spikegraph check {spec}": "what is wrong with the spec, with fixes",
        f"spikegraph data check {PurePosixPath(name, starter.data)} --spec {spec}": "what is wrong with the data",
        f"spikegraph compile {spec} --train": "trains; the last lines name the run's folder, RUN",
    }
    if kind == MODULE:
        commands |= {
            f"spikegraph compile {spec} --train --profile spiking": "the same with spiking neurons",
            import_command(name): "after a change of the module",
        }
    commands[f"spikegraph predict RUN {name}/{starter.sample} -o predictions"] = "predicts files without labels"
    commands["spikegraph report RUN -o report.html"] = "a page with results, errors and spikes"
    width = max(map(len, commands))
    lines = "\n".join(f"{command:{width}}  # {what}" for command, what in commands.items())
    return (
        f"# {name}\n\nA spec, `{name}.sdhs`, and an example of its data: {starter.example}.\n\n"
        f"## Commands\n\nTyped in the folder that holds this one:\n\n```sh\n{lines}\n```\n\n"
        f"## Your own data\n\n{starter.own.replace('NAME', name)}\n\n[More]({DOCS}/{starter.page})\n"
    )
