"""What is registered has its other halves: functions that are named as text, forms of tasks, equations, tests of passes."""

import sys
from pathlib import Path

import pytest

from spikegraph.cli.training_options import OPTIONS
from spikegraph.dsl.models.library import library
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, IMAGE_ENCODINGS
from spikegraph.dsl.schema.forms import FORMS
from spikegraph.dsl.schema.losses import LOSSES, LossSignature
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.dsl.schema.penalties import Penalty
from spikegraph.passes.registry import PASSES
from spikegraph.plugins.exports import EXPORTERS, Exporter
from spikegraph.plugins.later import Later
from spikegraph.plugins.loggers import LOGGERS
from spikegraph.plugins.targets import TARGETS
from spikegraph.streaming.results import WRITERS
from spikegraph.tasks import TASKS

TESTS = Path(__file__).parent


def built_in(registry):
    """The built-in entries of a registry; the plug-ins of other tests may have registered more."""
    return {name: value for name, value in registry.items() if registry.is_built_in(name)}


def losses(of=LossSignature):
    """The built-in losses of outputs, or the penalties."""
    return {name: loss for name, loss in built_in(LOSSES).items() if isinstance(loss, of)}


def named():
    """Every function that a table names as text: where it stands, and its place."""
    functions = {
        **{f"loss {name} compute": loss.compute for name, loss in losses().items()},
        **{f"loss {name} count": loss.count for name, loss in losses().items()},
        **{f"penalty {name} check": penalty.check for name, penalty in losses(Penalty).items()},
        **{f"penalty {name} bind": penalty.bind for name, penalty in losses(Penalty).items()},
        **{f"source {name} read": source.read for name, source in built_in(SOURCES).items()},
        **{f"encoding {name} encode": encoding.encode for name, encoding in built_in(EVENT_ENCODINGS).items()},
        **{f"encoding {name} encode": encoding.encode for name, encoding in built_in(IMAGE_ENCODINGS).items()},
        **{f"augmentation {name} step": augmentation.step for name, augmentation in built_in(AUGMENTATIONS).items()},
        **{f"format {name}": e.function if isinstance(e, Exporter) else e for name, e in built_in(EXPORTERS).items()},
        **{f"logger {name}": function for name, function in built_in(LOGGERS).items()},
        **{f"backend {name}": function for name, function in built_in(TARGETS).items()},
        **{f"search method {name}": method.search for name, method in built_in(METHODS).items()},
        **{f"search method {name} front": method.front for name, method in built_in(METHODS).items()},
        **{f"results {name}": function for name, function in built_in(WRITERS).items()},
    }
    return {where: function for where, function in functions.items() if isinstance(function, Later)}


@pytest.mark.parametrize("where", named(), ids=lambda where: where.replace(" ", "-"))
def test_a_function_that_is_named_as_text_is_there(where):
    assert callable(named()[where].function)


def test_many_functions_are_named_as_text():
    assert len(named()) > 50
    with pytest.raises(AttributeError, match="nothing"):
        _ = Later("spikegraph.backends.torch.train.losses:nothing").function


def test_every_task_has_a_form_and_every_loss_takes_forms():
    assert {form.task for form in built_in(FORMS).values()} - {None} == built_in(TASKS).keys()
    takes = {name: {loss.takes} if isinstance(loss.takes, str) else {*loss.takes} for name, loss in losses().items()}
    assert {name: unknown for name, forms in takes.items() if (unknown := forms - FORMS.keys())} == {}


def test_the_task_of_every_source_is_there():
    tasks = {name: source.task for name, source in built_in(SOURCES).items() if source.task is not None}
    assert {name: task for name, task in tasks.items() if task not in TASKS} == {}


def test_every_neuron_model_has_equations():
    """They are texts of the library, but for other spellings of a model with some numbers fixed."""
    models = {name for name, model in built_in(NEURON_MODELS).items() if not model.constants}
    assert set(library()) == models


def test_every_logger_is_on_the_page_and_in_the_help():
    """`docs/runs.md` says what each writes."""
    page = (TESTS.parent / "docs" / "runs.md").read_text(encoding="utf-8")
    (option,) = vars(OPTIONS["log"](lambda: 0))["__click_params__"]
    help = " ".join(option.help.split())
    missing = {name for name in built_in(LOGGERS) if f"| `{name}` |" not in page or f"{name} " not in help}
    assert missing == set()


@pytest.mark.parametrize("name", [name for name in PASSES if PASSES.is_built_in(name)])
def test_a_pass_has_a_file_and_a_test_of_its_name(name):
    file = name.replace("-", "_")
    assert Path(sys.modules[PASSES[name].__module__].__file__ or "").stem == file
    assert (TESTS / "passes" / f"test_{file}.py").exists()
