"""Products of spikes, of matrices and attention, against loops, PyTorch and torch's attention by its definition."""

import pytest
import torch
from one_operation import inputs_of, model_of, streamed
from torch.utils.flop_counter import FlopCounterMode

TRUTH = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize(("name", "expected"), [("mul", [0, 0, 0, 1]), ("iand", [0, 1, 0, 0])])
def test_truth_tables(name, expected):
    model = model_of(name, {}, (1,), (1,))
    x, y = (TRUTH[:, i].reshape(1, 4, 1) for i in range(2))
    assert model(x, y).flatten().tolist() == expected


def test_a_gate_without_axes():
    model = model_of("mul", {}, (3, 4, 2), (3,))
    x, gate = inputs_of(model)
    assert torch.equal(model(x, gate), x * gate[..., None, None])


def by_heads(q, k, v, heads, scale):
    """Spikformer's attention of tokens [N, C] as loops over heads and pairs of tokens."""
    result = torch.zeros(len(q), v.shape[1], dtype=torch.float64)
    of_q, of_v = q.shape[1] // heads, v.shape[1] // heads
    for h in range(heads):
        for i in range(len(q)):
            for j in range(len(k)):
                weight = sum(q[i, h * of_q + d] * k[j, h * of_q + d] for d in range(of_q))
                result[i, h * of_v : (h + 1) * of_v] += scale * weight * v[j, h * of_v : (h + 1) * of_v]
    return result


@pytest.mark.parametrize(
    ("of_q", "of_k", "of_v", "heads"),
    [
        ((4, 2, 3), (4, 2, 3), (4, 2, 3), 2),
        ((4, 3), (4, 5), (6, 5), 2),
        ((12, 2), (12, 3), (6, 3), 3),
        ((2, 9), (2, 9), (2, 9), 1),
    ],
)
def test_attention_by_its_definition(of_q, of_k, of_v, heads):
    """Both orders of the products occur: with more tokens than features and with fewer."""
    model = model_of("attend", {"heads": heads, "scale": 0.125}, of_q, of_k, of_v)
    q, k, v = inputs_of(model, steps=2)
    y = model(q, k, v)
    for t, n in ((0, 0), (1, 1)):
        tokens = [x[t, n].flatten(1).t() for x in (q, k, v)]
        torch.testing.assert_close(y[t, n].flatten(1).t(), by_heads(*tokens, heads, 0.125), rtol=0, atol=1e-12)
    torch.testing.assert_close(streamed(model, [q, k, v]), y, rtol=0, atol=1e-12)


def test_the_bound_of_attention_is_reached():
    model = model_of("attend", {"heads": 2, "scale": 1}, (6, 5), (6, 5), (6, 5))
    graph = model.graph
    ones = [torch.ones(1, 1, 6, 5, dtype=torch.float64)] * 3
    spikes = [graph.node(f"x{i}").value.with_(kind="spike") for i in range(3)]
    value = graph.node("y").op.infer(*spikes)
    assert str(value) == "count(15)[6, 5]"
    assert set(model(*ones).flatten().tolist()) == {15.0}


def test_the_operations_are_those_of_the_two_products():
    """More features than tokens, so that they are computed in the order of the definition."""
    model = model_of("attend", {"heads": 2}, (16, 3), (16, 3), (16, 3))
    with FlopCounterMode(display=False) as counter:
        model(*inputs_of(model, steps=1, samples=1))
    assert 2 * model.graph.node("y").additions == counter.get_total_flops() == 2 * (3 * 3 * 16 * 2)


def test_attention_is_spikingjellys():
    layers = pytest.importorskip("spikingjelly.activation_based.layer")
    model = model_of("attend", {"heads": 4, "scale": 0.125}, *[(16, 3, 2)] * 3)
    spikes = inputs_of(model, spikes=True)
    qkv = torch.stack([x.flatten(3).unflatten(2, (4, 4)) for x in spikes], 2)
    theirs = layers.SpikingSelfAttention._ssa_kernel_torch(qkv, 0.125)
    torch.testing.assert_close(model(*spikes).flatten(3).unflatten(2, (4, 4)), theirs, rtol=0, atol=1e-12)


def tokens(x, heads):
    """[T, N, C, *size] as matrices [T, N, heads, positions, C / heads]."""
    return x.flatten(3).unflatten(2, (heads, -1)).transpose(-1, -2)


MATRICES = [
    ("none", (10, 2, 3), (6, 5), (6, 2, 3)),
    ("right", (6, 2, 3), (6, 5), (10, 2, 3)),
    ("left", (10, 2, 3), (6, 6), (6, 5)),
    ("both", (10, 2, 3), (12, 3), (6, 5)),
]


@pytest.mark.parametrize("static", [(), (0,), (1,)], ids=["both at each step", "a once", "b once"])
@pytest.mark.parametrize(("transpose", "of_a", "of_b", "shape"), MATRICES, ids=[row[0] for row in MATRICES])
def test_products_of_matrices_are_those_of_pytorch(transpose, of_a, of_b, shape, static):
    model = model_of("product", {"heads": 2, "transpose": transpose}, of_a, of_b, static=static)
    inputs = [x.requires_grad_() for x in inputs_of(model)]
    a, b = (tokens(x if x.dim() == 2 + len(of) else x[None], 2) for x, of in zip(inputs, (of_a, of_b), strict=True))
    expression = {"none": "...ij,...jk", "right": "...ij,...kj", "left": "...ji,...jk", "both": "...ji,...kj"}[transpose]
    wanted = torch.einsum(f"{expression}->...ik", a, b)
    y = model(*inputs)
    assert y.shape[2:] == shape
    torch.testing.assert_close(tokens(y, 2), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("heads", [1, 2])
def test_attention_is_two_products(heads):
    shapes = (4, 2, 3), (4, 5), (6, 5)
    q, k, v = inputs_of(attention := model_of("attend", {"heads": heads, "scale": 0.25}, *shapes))
    similar = model_of("product", {"heads": heads, "transpose": "right"}, *shapes[:2])(q, k)
    y = model_of("product", {"heads": heads}, similar.shape[2:], shapes[2])(similar, v)
    torch.testing.assert_close(0.25 * y, attention(q, k, v), rtol=0, atol=1e-12)
