"""Public functions on tensors are annotated with shapes, which tests check at every call, and describe them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest
import torch

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.kernels import base
from spikegraph.backends.torch.modules import fold, leaky, lif, mixing, sequence, subpixel, volume
from spikegraph.backends.torch.native import sparse
from spikegraph.ir.types import Kind, Value

TORCH = Path(__file__).parents[2] / "backends" / "torch"
MODULES = [
    *sorted((TORCH / "modules").glob("*.py")),
    *sorted((TORCH / "kernels").glob("*.py")),
    TORCH / "fold.py",
    TORCH / "datasets.py",
    *(TORCH / "native" / f"{name}.py" for name in ("neuron", "sparse")),
    *(TORCH / "train" / f"{n}.py" for n in ("evaluate", "gradient_norms", "losses", "meter", "rates", "step")),
]
DTYPES = {"Bool", "Float", "Int", "Shaped"}

SHAPE = re.compile(r"(?<!\w)\[(?:|\.\.\.|\*?\w+|[^\[\]]*,[^\[\]]*)\]")
"""A shape in a docstring: [], [...], [C] or [T, N, C, *size]."""

EXCEPTIONS = {
    "load_folded": "takes a state_dict, whose tensors all differ in shape",
    "Call": "holds architecture parameters by name, whose shapes differ",
    "PreparedKernel": "computes any operation, whose shapes the types of the graph give",
    "PreparedKernel.__call__": "computes any operation, whose shapes the types of the graph give",
    "StepKernel": "computes a step of any operation, whose shapes the types of the graph give",
}


def bare(annotation: ast.expr | None) -> bool:
    """True if an annotation has a tensor without a shape."""
    match annotation:
        case None:
            return False
        case ast.Subscript(value=ast.Name(id=name)) if name in DTYPES:
            return False
        case ast.Name(id="Tensor") | ast.Attribute(attr="Tensor"):
            return True
    return any(bare(child) for child in ast.iter_child_nodes(annotation) if isinstance(child, ast.expr))


def mentions(annotation: ast.expr | None) -> bool:
    """True if an annotation has a tensor."""
    if annotation is None:
        return False
    return any(
        (isinstance(n, ast.Name) and n.id == "Tensor") or (isinstance(n, ast.Attribute) and n.attr == "Tensor")
        for n in ast.walk(annotation)
    )


def annotations(node: ast.FunctionDef | ast.ClassDef) -> list[ast.expr | None]:
    """The annotations of arguments and result, or of fields."""
    if isinstance(node, ast.ClassDef):
        return [n.annotation for n in node.body if isinstance(n, ast.AnnAssign) and not ast.unparse(n.target).startswith("_")]
    a = node.args
    every = (*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x))
    return [*(x.annotation for x in every), node.returns]


def is_kernel(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return any(isinstance(d, ast.Call) and ast.unparse(d.func) in {"kernel", "prepared_kernel"} for d in node.decorator_list)


def found(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Public functions, methods and classes of a file that take, return or hold tensors."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    scopes = [("", tree), *((f"{n.name}.", n) for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_")]
    for prefix, scope in scopes:
        for node in scope.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or (node.name[0] == "_" and node.name != "__call__"):
                continue
            if any(mentions(a) for a in annotations(node)):
                yield prefix + node.name, node


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TORCH)))
def test_tensors_have_shapes(path):
    """Kernels are excepted: they take any number of values, whose shapes the types of the graph give."""
    missing = [
        name
        for name, node in found(path)
        if not is_kernel(node) and name not in EXCEPTIONS and any(bare(a) for a in annotations(node))
    ]
    assert missing == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(TORCH)))
def test_docstrings_have_shapes(path):
    undocumented = [
        name for name, node in found(path) if name not in EXCEPTIONS and not SHAPE.search(ast.get_docstring(node) or "")
    ]
    assert undocumented == []


def test_exceptions_are_needed():
    names = {
        name for path in MODULES for name, node in found(path) if not is_kernel(node) and any(map(bare, annotations(node)))
    }
    assert set(EXCEPTIONS) == names


def test_the_rules_see_what_they_should():
    def of(text):
        return ast.parse(text, mode="eval").body

    assert bare(of("Tensor")) and bare(of("dict[str, Tensor | None]")) and bare(of("torch.Tensor"))
    assert not bare(of("Sequence[Float[Tensor, 'T N']]")) and not bare(of("int"))
    assert mentions(of("Sequence[Float[Tensor, 'T N']]"))
    assert SHAPE.search("a value [T, N, C, *size]") and SHAPE.search("[C]") and SHAPE.search("a scalar []")
    assert not SHAPE.search("u[t] = decay * v[t-1]")


ONE = torch.ones
VALUE = Value(Kind.REAL, 3, (4, 5))
WRONG = {
    "leaky_integrate": lambda: leaky.leaky_integrate(ONE(2, 3), ONE(4), decay=0.5),
    "lif": lambda: lif.lif(ONE(2, 3, dtype=torch.int64), None, decay=0.5, threshold=1.0, surrogate="dspike", b=3.0),
    "by_channel": lambda: lif.by_channel((1.0, 2.0), ONE(())),
    "mix": lambda: mixing.mix([ONE(2, 3)], ONE(1, 1)),
    "add_matmul": lambda: mixing.add_matmul(None, ONE(2, 3), ONE(4, 5), spikes=False),
    "fold_norm": lambda: fold.fold_norm(ONE(2, 3, 1, 1), None, ONE(2), ONE(2), ONE(2), ONE(3)),
    "joined_steps": lambda: sequence.joined_steps(ONE(2)),
    "parted_steps": lambda: sequence.parted_steps(ONE(()), 1),
    "cost_volume": lambda: volume.cost_volume(ONE(3, 4, 5), ONE(3, 4, 6), 2),
    "subpixel_estimate": lambda: subpixel.subpixel_estimate(ONE(4, 5)),
    "subpixel_cross_entropy": lambda: subpixel.subpixel_cross_entropy(ONE(3, 4, 5), ONE(4, 6)),
    "firing_rate": lambda: sparse.firing_rate(ONE(3)),
    "over_time": lambda: base.over_time(ONE(3, 2, 3, 4, 5), VALUE, 2),
    "__init__": lambda: Batch({}, ONE(2, 3, 4, 5), ONE(2, 2)),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_shapes_are_found(name):
    with pytest.raises(
        jaxtyping.TypeCheckError, match=rf"checking the (parameters|return value) of spikegraph\.backends\..*\b{name}\."
    ):
        WRONG[name]()
