"""`spikegraph check`."""

import gc
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.visible import visible, visible_name
from spikegraph.cli.diagnostics import report
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out, out_json
from spikegraph.cli.validation import validate_option, validated

if TYPE_CHECKING:
    from spikegraph.analysis.certificate import Certificate
    from spikegraph.program.program import Program


_SPIKING = "spikegraph check net.sdhs --genotype found.sdhs --spiking"


@click.command(
    "check", epilog=examples("spikegraph check builtin:stereo", "spikegraph check net.sdhs --profile sample --json", _SPIKING)
)
@click.argument("specs", nargs=-1, required=True, type=SPEC, metavar="SPEC...")
@click.option("--spiking", is_flag=True, help="Check too that the deployed network computes with spikes alone.")
@validate_option
@click.option("--sarif", is_flag=True, help="Print the errors and warnings as SARIF 2.1.0, for code hosts.")
@spec_options
@json_option
@common_options
@click.pass_obj
def command(
    settings: Settings, specs: tuple[Path, ...], spiking: bool, validate: bool, sarif: bool, options: SpecOptions, as_json: bool
) -> int:
    """Check specs and print all errors and warnings.

    Exits with 0 if no spec has an error, otherwise with 1.

    With --spiking, each place where the deployed network doesn't compute with spikes is an error: a product of two real
    numbers, a convolution or linear layer behind the encoding that takes other numbers than spikes, counts of spikes or
    constant multiples of them, a resizing that interpolates, a norm that can't be folded. An average is a constant multiple:
    its factor goes into the weights behind it. It also prints which layers encode the input, the largest count, what neurons
    compute, and which plug-ins it trusts.

    With --validate, the graphs before and after each pass are run by the reference in float64, with random weights, on random
    inputs of the smallest size that the network allows. It ends with 3 if a pass changes what the network computes.
    """
    if sarif and (as_json or validate):
        raise click.UsageError(f"--sarif has no place for {'--json' if as_json else '--validate'}; leave one of them out")
    silent = as_json or sarif
    gc.disable()  # imports make many objects that stay, so that looking for garbage among them is in vain
    import_module("spikegraph.program.program")
    from spikegraph.dsl.diagnostics import Diagnostics  # noqa: PLC0415 (slow to import)
    from spikegraph.ir.garbage import uncollected  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    found = Diagnostics()
    certificates: list[dict[str, object]] = []
    validations: list[dict[str, object]] = []
    for spec in specs:
        with uncollected():
            program = options.read(spec)
            of_this = program.check(options.phase)
        certificate = _certificate(program) if spiking and not of_this.has_errors else None
        found.extend(of_this)
        if certificate is not None:
            certificates.append({"spec": visible_name(spec), **certificate.as_object()})
        if not silent and not of_this.has_errors:
            out(f"{visible_name(spec)}: {'sound' if certificate is None else f'spiking, {certificate.summary}'}")
            for name, text in () if certificate is None else certificate.details:
                out(f"  {name:<15}{visible(text)}")
        for phase, compared in validated(program, options.phase) if validate and not of_this.has_errors else ():
            validations.append({"spec": visible_name(spec), "phase": phase, **compared.as_object()})
            if not as_json:
                out(f"  {'validated':<15}{phase}: {compared}")
    more = {"certificates": certificates} if spiking else {}
    if sarif:
        from spikegraph.dsl.render.sarif import as_object  # noqa: PLC0415 (only where it is asked for)

        out_json(as_object(found))
    else:
        report(found, settings, **more, **({"validations": validations} if validate else {}))
    gc.freeze()  # the process ends: looking for garbage among its graphs is in vain too
    return int(found.has_errors)


def _certificate(program: "Program") -> "Certificate | None":
    """The certificate of a sound spec, whose places become diagnostics of the spec; None without a genotype that it needs."""
    from spikegraph.analysis.certificate import certify  # noqa: PLC0415 (only where it is asked for)
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415

    try:
        certificate = certify(program.build("deploy").plain)
    except SpecError:
        return None
    certificate.report(program.resolved.diagnostics)
    return certificate
