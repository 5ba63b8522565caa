"""Hash networks of a run as ONNX models: from feature rows to packed codes and to the outputs before the sign."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from hint_train.errors import ConfigError, DataError

if TYPE_CHECKING:
    from onnx import ModelProto

    from hint_train.data.pairs import Modality
    from hint_train.encoding.saved import SavedRun

OPSET, IR_VERSION = 17, 8
"""Of 2022: ONNX Runtime reads them from version 1.12 on."""
_GREATEST_BYTES = 2**31 - 2**20
"""What a message of protocol buffers holds, less what the graph takes beside its numbers."""


def onnx_model(run: SavedRun, *, modality: Modality, bits: int, seed: int, exact: bool = True) -> ModelProto:
    """The ONNX model of one network of a run.

    Parameters
    ----------
    run
        What `hint_train.load` returned.
    modality, bits, seed
        Which network.
    exact
        Compute rows with an output near zero again in float64, so that codes are those of `run.encode` whatever the order in which
        a runtime adds up. Without it the graph is float32 throughout, for runtimes that have no float64.

    Returns
    -------
    model
        Input `features` float32 (n, d) for any n; outputs `codes` uint8 (n, ceil(L / 8)), packed as `run.encode` packs them, and
        `outputs` float32 (n, L). Opset 17, IR version 8. The metadata say method, modality, bits, seed, bit order, threshold,
        and the SHA-256 of the run's model file.

    Raises
    ------
    ConfigError
        The package `onnx` is not installed.
    DataError
        The network is larger than the 2 GiB that a file of this format holds.

    Notes
    -----
    Bits are `outputs >= 0`, as the operator Sign has a third value at 0. A row with a NaN gets some code, where `run.encode` refuses
    it: a graph cannot refuse a row.
    """
    try:
        from onnx import TensorProto
        from onnx.helper import make_graph, make_model, make_opsetid, make_tensor_value_info, set_model_props
    except ImportError as error:
        raise ConfigError(
            "models for ONNX need the package onnx: pip install '.[onnx]' in the sources of hint-se"
        ) from error
    from hint_train.export.onnx_graph import CODES, FEATURES, OUTPUTS, Graph, add_network

    network = run.networks[bits, seed][modality]
    if (size := sum(tensor.nbytes for tensor in network.tensors().values())) > _GREATEST_BYTES:
        raise DataError(f"the {modality} network of {bits} bits has {size} bytes, more than the 2 GiB of an ONNX file")
    graph = Graph()
    add_network(graph, network, exact=exact)
    described = make_graph(
        graph.nodes,
        f"{run.method}, {modality}, {bits} bits",
        [make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["rows", network.inputs])],
        [
            make_tensor_value_info(CODES, TensorProto.UINT8, ["rows", -(-bits // 8)]),
            make_tensor_value_info(OUTPUTS, TensorProto.FLOAT, ["rows", bits]),
        ],
        list(graph.constants.values()),
    )
    model = make_model(
        described,
        opset_imports=[make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="hint-se",
        producer_version=version("hint-se"),
    )
    facts = {"method": run.method, "modality": modality, "bits": str(bits), "seed": str(seed)}
    packing = {"bit_order": "least significant first", "threshold": "output >= 0"}
    set_model_props(model, {**facts, **packing, "model_sha256": run.digest})
    return model
