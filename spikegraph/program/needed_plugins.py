"""The plug-ins that a spec needs to be read and built."""

from spikegraph.plugins import owners
from spikegraph.plugins.uses import collecting
from spikegraph.program.program import Program


def needed_plugins(program: Program) -> tuple[str, ...]:
    """The plug-ins of which a spec uses something: the paths of files and the names of packages.

    It is read again, since what was looked up when it was read the first time also served others, or was kept.
    """
    if not owners.are_there():
        return ()
    of = program.source, program.genotype, program.profile, program.overrides, program.computed
    with collecting() as found:
        Program.of_source(*of).check()
    return tuple(found)
