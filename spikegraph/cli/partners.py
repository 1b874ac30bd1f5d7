"""Options that have an effect only beside another one."""

import click
from click.core import ParameterSource


def require_partner(partner: str, value: object, *names: str) -> None:
    """Refuses options that were given without the one that they belong to, such as `--every` without `--watch`.

    Args:
        partner: The other option, for the message.
        value: Its value; None or false where it isn't given.
        names: The parameters of the running command that need it.

    Raises:
        UsageError: One was given.
    """
    context = click.get_current_context()
    for option in context.command.params:
        given = option.name in names and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
        if given and (value is None or value is False):
            raise click.UsageError(f"{option.opts[0]} needs {partner}")
