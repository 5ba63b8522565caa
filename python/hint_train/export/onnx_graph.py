"""A hash network as nodes of an ONNX graph, in float32 and again in float64 for the rows that need it.

Every operator is one of opset 17. The nodes are written here one by one, not traced: they are two dozen at most, need no torch, and
are the same whichever versions of a tracer are installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto
from onnx.helper import make_node
from onnx.numpy_helper import from_array

from hint_train.encoding.networks import NEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hint_train.encoding.networks import Kernel, Network

FEATURES, CODES, OUTPUTS = "features", "codes", "outputs"
"""Names of the input and of the two outputs."""


@dataclass(slots=True)
class Graph:
    """Nodes and constants as they are added; a value is known by its name.

    Attributes
    ----------
    double
        Whether constants are added as float64. They are stored as float32 all the same, which a runtime widens when it loads them.
    """

    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    double: bool = False

    def node(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Add a node; the name of its output."""
        name = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.float32] | float) -> str:
        """Add numbers, of the same name only once; the name of their tensor."""
        array = np.array(value, dtype=np.float32, order="C")
        self.constants.setdefault(name, from_array(array, name))
        return self.node("Cast", name, to=TensorProto.DOUBLE) if self.double else name


def add_network(graph: Graph, network: Network, *, exact: bool) -> None:
    """Add all nodes from `features` to `outputs` and `codes`.

    Parameters
    ----------
    exact
        Compute the rows again in float64 that have an output near zero, as `Network.outputs` does.
    """
    hidden = _hidden(graph, network, FEATURES)
    outputs = _last(graph, network, hidden, None if exact else OUTPUTS)
    if exact:
        rows = _near(graph, network, hidden, outputs)
        again = graph.node("Cast", graph.node("GatherND", FEATURES, rows), to=TensorProto.DOUBLE)
        graph.double = True
        again = _last(graph, network, _hidden(graph, network, again), None)
        graph.double = False
        graph.node("ScatterND", outputs, rows, graph.node("Cast", again, to=TensorProto.FLOAT), output=OUTPUTS)
    _pack(graph, network.bits)


def _hidden(graph: Graph, network: Network, x: str) -> str:
    """What the last layer sees."""
    x = _unit(graph, x) if network.unit_rows else _scaled(graph, network, x)
    if network.kernel is not None:
        x = _similarities(graph, network.kernel, x)
    for i in range(len(network.layers) - 1):
        x = graph.node("Relu", _linear(graph, network, i, x, None))
    return x


def _last(graph: Graph, network: Network, hidden: str, output: str | None) -> str:
    return _linear(graph, network, len(network.layers) - 1, hidden, output)


def _linear(graph: Graph, network: Network, i: int, x: str, output: str | None) -> str:
    layer = network.layers[i]
    weight, bias = graph.constant(f"weight{i}", layer.weight), graph.constant(f"bias{i}", layer.bias)
    return graph.node("Gemm", x, weight, bias, transB=1, output=output)


def _unit(graph: Graph, x: str) -> str:
    norm = graph.node("ReduceL2", x, axes=[1], keepdims=1)
    return graph.node("Div", x, graph.node("Max", norm, graph.constant("least_norm", 1e-12)))


def _scaled(graph: Graph, network: Network, x: str) -> str:
    """(x - shift) / scale; what changes no number is left out."""
    if network.shift.any():
        x = graph.node("Sub", x, graph.constant("shift", network.shift))
    return x if (network.scale == 1).all() else graph.node("Div", x, graph.constant("scale", network.scale))


def _similarities(graph: Graph, kernel: Kernel, x: str) -> str:
    """exp(-max(|x|^2 + |a|^2 - 2 x'a, 0) / spread) for every anchor a."""
    anchors = graph.constant("anchors", kernel.anchors)
    lengths = graph.node("ReduceSumSquare", anchors, axes=[1], keepdims=0)
    squares = graph.node("Add", graph.node("ReduceSumSquare", x, axes=[1], keepdims=1), lengths)
    twice = graph.node("Mul", x, graph.constant("two", 2))
    product = graph.node("MatMul", twice, graph.node("Transpose", anchors, perm=[1, 0]))
    apart = graph.node("Max", graph.node("Sub", squares, product), graph.constant("zero", 0))
    return graph.node("Exp", graph.node("Div", apart, graph.constant("minus_spread", -kernel.spread)))


def _near(graph: Graph, network: Network, hidden: str, outputs: str) -> str:
    """Numbers (r, 1) of the rows with an output whose sign float32 may have wrong.

    |output_j| < NEAR |hidden| |weight_j| for some j; divided by |weight_j|, the least over j decides for the row.
    """
    lengths = np.linalg.norm(network.layers[-1].weight, axis=1)
    share = graph.constant("per_length", 1 / (np.float32(NEAR) * np.maximum(lengths, np.float32(1e-30))))
    least = graph.node("ReduceMin", graph.node("Mul", graph.node("Abs", outputs), share), axes=[1], keepdims=0)
    near = graph.node("Less", least, graph.node("ReduceL2", hidden, axes=[1], keepdims=0))
    return graph.node("Transpose", graph.node("NonZero", near), perm=[1, 0])


def _pack(graph: Graph, bits: int) -> None:
    """Bit j is worth 2^(j mod 8) in byte j // 8; such sums are exact in float32."""
    ones = graph.node("GreaterOrEqual", OUTPUTS, graph.constant("threshold", 0))
    place = np.arange(bits)
    powers = np.zeros((bits, -(-bits // 8)), dtype=np.float32)
    powers[place, place // 8] = 2.0 ** (place % 8)
    product = graph.node("MatMul", graph.node("Cast", ones, to=TensorProto.FLOAT), graph.constant("powers", powers))
    graph.node("Cast", product, to=TensorProto.UINT8, output=CODES)
