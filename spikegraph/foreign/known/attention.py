"""Softmax, and attention by layers and functions of PyTorch that have it."""

import math
from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.functions import pointwise, values
from spikegraph.foreign.known.layers import mixed
from spikegraph.foreign.known.matrices import matmul
from spikegraph.foreign.known.parts import taken_part
from spikegraph.foreign.known.reductions import TIME, reduced, roles
from spikegraph.foreign.known.shapes import matrices_transposed
from spikegraph.foreign.product import Product
from spikegraph.foreign.statements import Value


@adapter("torch.softmax", "Tensor.softmax", "torch.nn.functional.softmax", any_layout=True)
def softmax(call: Call, x: Value, dim: int, *_: Any, **__: Any) -> Value:
    """exp(x - m) / sum of exp(x - m), with the largest number m."""
    if roles(x, dim % len(x.shape)) == (TIME,):
        raise call.refuse("it is over the time steps", "use channels or pixels")
    shifted = pointwise(call, "sub", values(call, (x, reduced(call, x, dim, "max", keepdim=True)), "subtracts", ""))
    powers = call.add("exp", shifted, layout=call.layout(shifted))
    return pointwise(call, "div", values(call, (powers, reduced(call, powers, dim, "sum", keepdim=True)), "divides", ""))


@adapter("torch.nn.Softmax", any_layout=True)
def softmax_layer(call: Call, x: Value) -> Value:
    """Softmax by a layer."""
    if call.module.dim is None:
        raise call.refuse("it names no dimension", "use dim=-1, or another one")
    return softmax(call, x, call.module.dim)


@adapter("torch.nn.functional.scaled_dot_product_attention", any_layout=True)
def attention(
    call: Call,
    query: Value,
    key: Value,
    value: Value,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Product:
    """softmax(q k^T / sqrt(channels of a head)) v in each head."""
    if attn_mask is not None or is_causal:
        raise call.refuse("it has a mask", "use attention to all tokens")
    if dropout_p:
        raise call.refuse(f"it drops weights with p={dropout_p:g}", "use dropout=0, or `module.eval()`")
    return attended(call, query, key, value, 1 / math.sqrt(query.shape[-1]) if scale is None else scale)


def attended(call: Call, query: Value, key: Value, value: Value, scale: float) -> Product:
    """softmax(scale * q k^T) v, of values [..., heads, tokens, channels of a head]."""
    scores = matmul(call, query, matrices_transposed(call, key)).scaled(scale).settled()
    return matmul(call, softmax(call, scores, -1), value)


@adapter("torch.nn.MultiheadAttention", any_layout=True)
def multihead(
    call: Call,
    query: Value,
    key: Value,
    value: Value,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    *_: Any,
    is_causal: bool = False,
    **__: Any,
) -> tuple[Value, None]:
    """Attention of tokens to each other, whose queries, keys and values are parts of one layer's result; no weights."""
    layer = call.module
    if key_padding_mask is not None or attn_mask is not None or is_causal or layer.bias_k is not None or layer.add_zero_attn:
        raise call.refuse("it has a mask, or keys and values besides those of the tokens", "use attention to all tokens")
    if layer.dropout and layer.training:
        raise call.refuse(f"it drops weights with p={layer.dropout:g}", "use dropout=0, or `module.eval()`")
    if not query == key == value or layer.in_proj_weight is None:
        raise call.refuse(
            "its queries, keys and values are of several tensors", "use linear layers and scaled_dot_product_attention"
        )
    layout, width, heads = call.layout(query), layer.embed_dim, layer.num_heads
    samples, tokens = (0, 1) if layer.batch_first else (1, 0)
    if len(layout.dimensions) != 3 or not layout.holds(layout.dimensions[samples], "N"):
        raise call.refuse(f"it takes {list(query.shape)}", "give it [N, tokens, channels] with batch_first=True")
    names = {"weight": "in_proj_weight"} | ({} if layer.in_proj_bias is None else {"bias": "in_proj_bias"})
    all_three = mixed(call, query, layer.in_proj_weight, names)
    count = query.shape[tokens]

    def of_heads(k: int) -> Value:
        part = taken_part(call, all_three, 2, [width] * 3, k)
        divided = call.layout(part).reshaped((*part.shape[:2], heads, width // heads))
        assert divided is not None
        return call.seen(part, divided.permuted((samples, 2, tokens, 3)))

    found = attended(call, of_heads(0), of_heads(1), of_heads(2), 1 / math.sqrt(width // heads)).settled()
    rows = call.layout(found).permuted((0, 2, 1, 3)).reshaped((query.shape[samples], count, width))
    assert rows is not None
    rows = rows.permuted((samples, tokens, 2))
    names = {"weight": "out_proj.weight"} | ({} if layer.out_proj.bias is None else {"bias": "out_proj.bias"})
    return mixed(call, call.seen(found, rows), layer.out_proj.weight, names), None
