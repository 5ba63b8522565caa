#!/bin/sh
# OpenVINO 2026.4 computes an ONNX model of float32 in bfloat16 on processors that have it, unless told otherwise: signs of sums
# change that are far from rounding of float32. And nodes of float64 are computed in float32; the hint f64 is refused.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper, numpy_helper

print("openvino", openvino.__version__, "onnx", onnx.__version__)
core = openvino.Core()
able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
print("processor:", able)
source = np.random.default_rng(0)
weight = source.standard_normal((256, 64)).astype(np.float32)
rows = source.standard_normal((2000, 256)).astype(np.float32)


def product(double):
    """A matrix product, in float64 between two casts or in float32."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    if double:
        nodes = [
            helper.make_node("Cast", ["x"], ["x64"], to=TensorProto.DOUBLE),
            helper.make_node("MatMul", ["x64", "w"], ["y64"]),
            helper.make_node("Cast", ["y64"], ["y"], to=TensorProto.FLOAT),
        ]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 256])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 64])],
        [numpy_helper.from_array(weight.astype(np.float64) if double else weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return core.read_model(model.SerializeToString())


def run(model, rows, **options):
    compiled = core.compile_model(model, "CPU", options)
    print(options, "computes in", compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name(), end="; ")
    return compiled({"x": rows})["y"]


exact = rows.astype(np.float64) @ weight.astype(np.float64)
for options in ({}, {"INFERENCE_PRECISION_HINT": "f32"}):
    found = run(product(double=False), rows, **options)
    print("greatest error", np.abs(found - exact).max(), "other signs", ((found >= 0) != (exact >= 0)).sum())
    if "BF16" in able:
        assert (np.abs(found - exact).max() > 1e-2) == (not options)
weight[:] = 0
weight[0], weight[1], weight[255] = 2.0**30, 1, -(2.0**30)
for hint in ("f32", "f64"):
    try:
        found = run(product(double=True), np.ones((1, 256), np.float32), INFERENCE_PRECISION_HINT=hint)
    except RuntimeError as error:
        print("hint", hint, "is refused:", str(error).splitlines()[-1][:100])
        continue
    print("2^30 + 1 - 2^30 in float64:", found[0, 0])
    assert found[0, 0] != 1
PYTHON
