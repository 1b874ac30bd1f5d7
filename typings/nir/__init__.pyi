"""The part of nir that spikegraph uses; the package has no complete types."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Types = dict[str, Any]
Pair = int | tuple[int, ...] | Array

class NIRNode:
    input_type: Types
    output_type: Types
    metadata: dict[str, Any]

class Input(NIRNode):
    def __init__(self, input_type: Types) -> None: ...

class Output(NIRNode):
    def __init__(self, output_type: Types) -> None: ...

class Linear(NIRNode):
    weight: Array
    def __init__(self, weight: Array) -> None: ...

class Affine(NIRNode):
    weight: Array
    bias: Array
    def __init__(self, weight: Array, bias: Array) -> None: ...

class Scale(NIRNode):
    scale: Array
    def __init__(self, scale: Array) -> None: ...

class Conv1d(NIRNode):
    weight: Array
    bias: Array
    stride: Any
    padding: Any
    dilation: Any
    groups: Any
    def __init__(
        self, input_shape: int | None, weight: Array, stride: int, padding: int, dilation: int, groups: int, bias: Array
    ) -> None: ...

class Conv2d(NIRNode):
    weight: Array
    bias: Array
    stride: Any
    padding: Any
    dilation: Any
    groups: Any
    def __init__(
        self,
        input_shape: tuple[int, int] | None,
        weight: Array,
        stride: Pair,
        padding: Pair | str,
        dilation: Pair,
        groups: int,
        bias: Array,
    ) -> None: ...

class SumPool2d(NIRNode):
    kernel_size: Any
    stride: Any
    padding: Any
    def __init__(self, kernel_size: Array, stride: Array, padding: Array) -> None: ...

class AvgPool2d(NIRNode):
    kernel_size: Any
    stride: Any
    padding: Any
    def __init__(self, kernel_size: Array, stride: Array, padding: Array) -> None: ...

class Flatten(NIRNode):
    start_dim: Any
    end_dim: Any
    def __init__(self, input_type: Types, start_dim: int = 1, end_dim: int = -1) -> None: ...

class Threshold(NIRNode):
    threshold: Array
    def __init__(self, threshold: Array) -> None: ...

class I(NIRNode):  # noqa: E742
    r: Array
    def __init__(self, r: Array) -> None: ...

class IF(NIRNode):
    r: Array
    v_threshold: Array
    v_reset: Array
    def __init__(self, r: Array, v_threshold: Array, v_reset: Array | None = None) -> None: ...

class LI(NIRNode):
    tau: Array
    r: Array
    v_leak: Array
    def __init__(self, tau: Array, r: Array, v_leak: Array) -> None: ...

class LIF(NIRNode):
    tau: Array
    r: Array
    v_leak: Array
    v_threshold: Array
    v_reset: Array
    def __init__(self, tau: Array, r: Array, v_leak: Array, v_threshold: Array, v_reset: Array | None = None) -> None: ...

class CubaLI(NIRNode):
    tau_syn: Array
    tau_mem: Array
    r: Array
    v_leak: Array
    w_in: Array
    def __init__(self, tau_syn: Array, tau_mem: Array, r: Array, v_leak: Array, w_in: Array) -> None: ...

class CubaLIF(NIRNode):
    tau_syn: Array
    tau_mem: Array
    r: Array
    v_leak: Array
    v_threshold: Array
    v_reset: Array
    w_in: Array
    def __init__(
        self,
        tau_syn: Array,
        tau_mem: Array,
        r: Array,
        v_leak: Array,
        v_threshold: Array,
        v_reset: Array | None = None,
        w_in: Array | float = 1.0,
    ) -> None: ...

class NIRGraph(NIRNode):
    nodes: dict[str, NIRNode]
    edges: list[tuple[str, str]]
    def __init__(
        self,
        nodes: Mapping[str, NIRNode],
        edges: Sequence[tuple[str, str]],
        metadata: dict[str, Any] = ...,
        type_check: bool = True,
    ) -> None: ...

class TimeGriddedData:
    data: Array
    dt: float
    def __init__(self, data: Array, dt: float) -> None: ...

class NIRNodeData:
    observables: dict[str, TimeGriddedData]
    def __init__(self, observables: dict[str, TimeGriddedData]) -> None: ...

class NIRGraphData:
    nodes: dict[str, NIRNodeData]
    def __init__(self, nodes: dict[str, NIRNodeData]) -> None: ...

def read(filename: str | Path | BytesIO, type_check: bool = True) -> NIRGraph: ...
def write(filename: str | Path | BytesIO, graph: NIRGraph) -> None: ...
def read_data(path: str | Path) -> NIRGraphData: ...
def write_data(filename: str | Path | BytesIO, graph_data: NIRGraphData) -> None: ...
