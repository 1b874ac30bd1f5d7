"""Help texts: groups of commands, verbs, and examples that are valid commands."""

import re
import shlex

import click
import pytest

from spikegraph.cli.group import COMMANDS, GROUPS, cli

NAMES = [*COMMANDS, "data sample", "data check"]
VERBS = {
    *(
        "Accept",
        "Apply",
        "Begin",
        "Build",
        "Check",
        "Compare",
        "Compute",
        "Convert",
        "Copy",
        "Count",
        "Download",
        "Draw",
        "Exit",
        "Explain",
        "Export",
        "Feed",
    ),
    *(
        "Include",
        "Keep",
        "List",
        "Load",
        "Make",
        "Measure",
        "Name",
        "Pair",
        "Predict",
        "Price",
        "Print",
        "Read",
        "Save",
        "Rename",
        "Repeat",
        "Resume",
        "Retrain",
        "Serve",
        "Train",
    ),
    *("Rewrite", "Run", "Set", "Show", "Take", "Use", "Write"),
}


def found(name):
    command = cli
    for part in name.split():
        command = command.get_command(click.Context(command), part)
    return command


def test_commands_are_in_groups(spikegraph):
    text = spikegraph("--help").out
    places = [text.index(f"\n{heading}:\n") for heading in GROUPS]
    assert places == sorted(places)
    training = text[text.index("\nTraining:\n") : text.index("\nResults:\n")]
    assert re.findall(r"^  (\S+)", training, re.MULTILINE) == [
        "compile",
        "pretrain",
        "sweep",
        "slurm",
        "rerun",
        "evaluate",
        "predict",
        "search-progress",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_texts_begin_with_a_verb(name):
    command = found(name)
    texts = [command.help, *(p.help for p in command.params if isinstance(p, click.Option) and p.help)]
    assert [text for text in texts if text.split()[0].rstrip(",.") not in VERBS] == []


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_commands(spikegraph, name):
    text = spikegraph(*name.split(), "--help").out
    lines = [line.strip() for line in text[text.index("Example") :].splitlines()[1:] if line.startswith("    ")]
    assert lines
    commands = []
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "spikegraph"
        command, words = cli, arguments
        while isinstance(command, click.Group):
            command, words = command.get_command(click.Context(command), words[0]), words[1:]
            assert command is not None, line
        known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
        assert [word for word in words if word.startswith("-") and word != "-" and word not in known] == []
        commands.append(command)
    assert found(name) in commands or name == "data"
