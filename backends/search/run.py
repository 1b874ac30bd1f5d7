"""A complete run: search, decode, retrain, evaluate, compare. Phases that the folder already contains aren't repeated."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spikegraph.backends.search.adopt import adopt
from spikegraph.backends.search.balanced import with_balanced_weights
from spikegraph.backends.search.controls import ControlTraining, asked_for, bought, require_controls
from spikegraph.backends.search.cost import expected_text, spent
from spikegraph.backends.search.fronts import searched_front
from spikegraph.backends.search.margins import margins_of
from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.torch.train.examples import gather
from spikegraph.backends.torch.train.log import RunLog, open_log
from spikegraph.backends.torch.train.rasters import rasters_of
from spikegraph.backends.torch.train.retrain import retrain
from spikegraph.backends.torch.train.source import require_fit as require_weights
from spikegraph.backends.torch.train.source import source_for
from spikegraph.base.errors import UntrainableError
from spikegraph.data.class_labels import ignoring
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.elaborate.samples import require_fit
from spikegraph.genotype.decisions import decided
from spikegraph.plugins.later import found as function_of
from spikegraph.plugins.returned import of_type
from spikegraph.program.run_settings import require_divisible
from spikegraph.runs.ended import record_searched
from spikegraph.runs.examples import write_examples
from spikegraph.runs.rasters import NAME as RASTERS
from spikegraph.runs.rasters import write_rasters
from spikegraph.runs.summary import Controls
from spikegraph.runs.trial import cost_of, read_trials, strip_trials
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.comment import genotype_text, warnings

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.sets import DataSet, DataSets
    from spikegraph.dsl.spec import Retrain, Run
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings
    from spikegraph.runs.folder import RunFolder
    from spikegraph.runs.summary import Evaluation, Summary


def train(
    program: Program, data: DataSets, folder: RunFolder, settings: Settings, search_data: DataSets | None = None
) -> Summary:
    """Runs a spec: searches and decodes if it has a search but no genotype, retrains, evaluates, computes baselines.

    Args:
        program: The spec.
        data: Training and test set.
        folder: The run folder.
        settings: The settings that the spec doesn't contain.
        search_data: The data sets of the search; by default `data`.

    Raises:
        TrainError: The spec has no `retrain`, the folder contains another run, or the training diverged.
        Interrupted: An interrupt was requested; the run is saved.
        DataError: A recording can't be read.
    """
    if settings.controls is not None:
        require_controls(program, settings.controls)
    with _begun(program, data, folder, settings, search_data) as (filled, run, log):
        asked = asked_for(log)
        if asked is not None and (log.summary.controls is None or log.summary.controls.asked != asked):
            log.add(controls=Controls(asked), complete=False)
        if log.summary.complete:
            log.notice(f"the run in {folder.path} is complete")
            return log.summary
        program = with_genotype(filled, search_data or data, data, log)
        log.following = -(-len(data.test) // run.batch)
        train_set, validation = parts(run, data, settings.seed)
        model = retrain(program, train_set, log, validation)
        log.add(evaluation=measure(run, model, data.test, log), notes=tuple(data.notes))
        if asked is not None:
            count = asked or bought(log)
            log.add(controls=Controls(count))
            log.add(controls=ControlTraining(program, train_set, validation, data.test, log).run(count))
        return log.add(baselines=data.baselines() if log.processes.main else {}, complete=True)


def find(program: Program, data: DataSets, folder: RunFolder, settings: Settings, search_data: DataSets | None = None) -> str:
    """The genotype file that a spec's search finds; arguments and errors as in `train`, which would go on from there."""
    with _begun(program, data, folder, settings, search_data) as (filled, _, log):
        found = with_genotype(filled, search_data or data, data, log)
        if log.processes.main and not log.summary.complete:
            log.journal.ended = record_searched(folder.path)
        return folder.read_genotype() or found.genotype_text or ""


@contextmanager
def _begun(
    program: Program, data: DataSets, folder: RunFolder, settings: Settings, search_data: DataSets | None
) -> Generator[tuple[Program, Retrain, RunLog]]:
    """The spec, its `retrain` and the log of its run, which starts or is resumed, if the network fits the data.

    The spec has numbers for what is computed of the data.
    """
    run = program.spec.retrain
    if run is None:
        raise UntrainableError(f"{program.name} has no `retrain NETWORK on DATASET`", "add one to the spec")
    require_divisible(run, settings.processes)
    require_fit(run, program.space("retrain"), data.sample_type, data.source)
    if program.spec.search is not None and program.genotype_text is None:
        searched = search_data or data
        require_divisible(program.spec.search, settings.processes)
        require_fit(program.spec.search, program.space("search"), searched.sample_type, searched.source)
    program = with_balanced_weights(program, data, search_data or data, settings.seed)
    run = program.spec.retrain
    assert run is not None
    source = source_for(settings, folder)
    if source is not None:
        require_weights(program, source)
    with open_log(program, data, folder, settings, search_data, source) as log:
        if not log.summary.complete:
            for line in (f"data: {data.source}", *(f"note: {note}" for note in data.notes)):
                log.notice(line)
        yield program, run, log


def with_genotype(program: Program, data: DataSets, candidates: DataSets, log: RunLog) -> Program:
    """The program with its genotype: from the run folder, from the program, or from a search; unchanged if there is none."""
    held = log.folder.read_genotype()
    genotype = held or program.genotype_text
    if genotype is None and program.spec.search is not None:
        genotype = searched(program, data, candidates, log)
    if genotype is None:
        return program
    if held is None:
        log.write(log.folder.genotype, genotype)
    if log.processes.main:
        strip_trials(log.folder)  # again, if that was interrupted
    return program if genotype == program.genotype_text else program.bind(genotype, str(log.folder.genotype))


def searched(program: Program, data: DataSets, candidates: DataSets, log: RunLog) -> str:
    """The genotype file that the search of a spec finds; candidates are trained with the data of its `retrain`."""
    run, retraining, seed = program.spec.search, program.spec.retrain, log.settings.seed
    assert run is not None and retraining is not None
    own, trained = ignoring(data, run), ignoring(candidates, retraining)
    search = RunSearch(program, parts(run, own, seed), parts(retraining, trained, seed), log)
    if (text := expected_text(search)) is not None:
        log.notice(text)
    found = chosen(search)
    candidate = search.trials.known(found)
    if candidate is not None:
        search.trials.require_trained(candidate)
        found = candidate.architecture  # whose names its weights have
    for line in warnings(program, found):
        log.notice(f"warning: {line}")
    if log.processes.main:
        cost = cost_of(read_trials(log.folder), None if candidate is None else candidate.number)
        log.add(cost=cost, search_trainings=spent(search, cost))
    margins = margins_of(program, found, log)
    if margins:
        log.add(margins=margins)
        log.notice(f"search: {decided(margins)}")
    whole = search.trials.whole(found)
    if whole is not None:
        adopt(whole, log, validated=retraining.validate is not None)
    return genotype_text(program, found, seed, margins)


def chosen(search: RunSearch) -> Architecture:
    """What a search chooses: the best, or of two objectives the knee of their front.

    Raises:
        TypeError: The method of a plug-in returned something else.
    """
    method = search.run.method
    if search.run.price is not None:
        return searched_front(search)
    function = function_of(METHODS[method.name].search)
    return of_type(Architecture, function(search), function, f"the search method `{method.name}`")


def parts(run: Run, data: DataSets, seed: int) -> tuple[DataSet, DataSet | None]:
    """The training set of a run, and its validation set, if it has one."""
    return (data.train, None) if run.validate is None else data.held_out(run.validate, seed)


def measure(run: Retrain, model: Model, samples: DataSet, log: RunLog) -> Evaluation:
    """Evaluates the trained model on the test set, with firing rates, and writes predictions and rasters for the report."""
    log.journal.rewind("test", 0, 0)
    log.settings.reporter.start("test", len(samples))
    found = log.evaluate(model, samples, run, firing_rates=True)
    log.settings.reporter.stop()
    if log.processes.main:
        write_examples(log.folder.examples, gather(model, samples))
        if (rasters := rasters_of(model, samples)) is not None:
            write_rasters(log.folder.path / RASTERS, rasters)
    log.journal.add("evaluation", "test", 1, 0, metrics=dict(found.metrics), samples=found.samples)
    return found
