"""From the trained encoder to the file that is served, and back: ONNX, its dense layers as eight-bit integers."""

import tempfile
from pathlib import Path

import onnx  # type: ignore[import-not-found, unused-ignore]
import torch  # type: ignore[import-not-found, unused-ignore]
from onnx import numpy_helper  # type: ignore[import-not-found, unused-ignore]
from onnxruntime.quantization import QuantType, quantize_dynamic

from promptguard.training.bert import KEPT, Classifier, frozen

_DENSE = ("query", "key", "value", "out", "wide", "narrow")  # of a layer, in the order they stand in the file


def to_onnx(model: Classifier) -> bytes:
    """Return `model` as ONNX with int8 weights; batch and length stay free."""
    model.eval()
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(3))
    axes = {name: {0: "batch", 1: "length"} for name in ("tokens", "mask", "types")}
    with tempfile.TemporaryDirectory() as directory:
        whole, small = Path(directory) / "whole.onnx", Path(directory) / "small.onnx"
        torch.onnx.export(
            model,
            example,
            whole,
            input_names=list(axes),
            output_names=["logits", "states"],
            dynamic_axes=axes,
            dynamo=False,
        )
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # seven bits: two products of eight overflow on processors without VNNI
            op_types_to_quantize=["MatMul", "Gemm"],
        )
        return small.read_bytes()


def from_onnx(raw: bytes) -> Classifier:
    """Return the classifier that `to_onnx` wrote, its dense weights as exact as eight bits hold them."""
    held = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(raw).graph.initializer}
    model = Classifier(len(held["words.pairs"]))
    names = [f"layers.{layer}.{part}.weight" for layer in range(len(KEPT)) for part in _DENSE]
    files = [name.removesuffix("_quantized") for name in held if name.endswith("_quantized")]
    for name, file in zip([*names, "heads.weight"], files, strict=True):
        whole = held[f"{file}_quantized"].astype("f4") - held[f"{file}_zero_point"].astype("f4")
        held[name] = (whole * held[f"{file}_scale"]).T
    model.load_state_dict({name: torch.tensor(held[name]) for name in model.state_dict()})
    return frozen(model)
