"""Durations on the command line: one notation, and one help text, for every option that takes one."""

from fractions import Fraction

import click
import pytest

from spikegraph.cli.duration import NOTATION, Duration
from spikegraph.cli.group import COMMANDS, cli

SECONDS = {"us": Fraction(1, 10**6), "ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}
"""Of each unit, as the SI and the clock have it."""


def options():
    """Every option of every command that is a duration, by `command --option`."""
    found = {}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        for part in command.commands.values() if isinstance(command, click.Group) else (command,):
            found |= {f"{name} {p.opts[-1]}": p for p in part.params if isinstance(p.type, Duration)}
    return found


def test_all_options_of_a_time_are_durations():
    told = set()
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        for part in command.commands.values() if isinstance(command, click.Group) else (command,):
            told |= {f"{name} {p.opts[-1]}" for p in part.params if getattr(p, "metavar", None) in ("TIME", "SECONDS")}
    assert told - {"slurm --time"} == set(options())  # the limit of a job is in Slurm's own notation
    assert {"compile --checkpoint-every", "runs --every", "stream --gap", "export --dt", "import --dt"} <= told


@pytest.mark.parametrize("unit", SECONDS)
def test_every_option_takes_every_unit(unit):
    for name, option in options().items():
        for number in ("1", "2.5", "250"):
            value = Fraction(number) * SECONDS[unit]
            longest = 1000 if name.endswith("--dt") else 10**9
            if value <= longest:
                assert option.type.convert(f"{number}{unit}", option, None) == float(value), name


def test_every_help_says_how_a_duration_is_written():
    for name, option in options().items():
        assert f"TIME is {NOTATION}, such as " in option.help, name


@pytest.mark.parametrize("value", ["", "5 s", "-1s", "1e3s", "1d", "s", "1.s", "1:30", "nan", "inf", "0x1s", "1S", "1²s"])
def test_what_is_no_duration(value):
    for name, option in options().items():
        with pytest.raises(click.BadParameter, match="isn't a duration; write a number with a unit, us, ms, s, m or h"):
            option.type.convert(value, option, None)
            pytest.fail(name)


def test_a_plain_number_is_in_seconds_where_it_was():
    for name, option in options().items():
        if name in ("import --dt", "export --dt"):
            assert option.type.convert("0.001", option, None) == option.type.convert("1ms", option, None) == 1e-3
            assert option.type.convert("1e-4", option, None) == 1e-4
        else:
            with pytest.raises(click.BadParameter, match="`5` isn't a duration"):
                option.type.convert("5", option, None)


@pytest.mark.parametrize(
    ("given", "minutes"), [("8h", "480"), ("150s", "3"), ("1.5h", "90"), ("30", "30"), ("8:00:00", "8:00:00")]
)
def test_the_limit_of_a_job_is_written_as_slurm_reads_it(given, minutes):
    """A plain number stays Slurm's minutes; what isn't whole minutes is rounded up."""
    command = cli.get_command(click.Context(cli), "slurm")
    option = next(p for p in command.params if p.name == "time")
    assert option.callback is not None
    assert option.callback(None, option, given) == minutes


def test_too_short_and_too_long():
    gap, dt = options()["stream --gap"], options()["export --dt"]
    for option, value, message in (
        (gap, "0.4us", "`0.4us` is too short; the shortest is 1us"),
        (dt, "0", "`0` is too short; the shortest is 0.001us"),
        (dt, "17m", "`17m` is too long; the longest is 1000s"),
    ):
        with pytest.raises(click.BadParameter, match=message):
            option.type.convert(value, option, None)
    assert gap.callback(None, None, gap.type.convert("2.5ms", gap, None)) == 2500
