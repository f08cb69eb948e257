"""From the trained encoder to the file that is served: ONNX, its dense layers as eight-bit integers."""

import tempfile
from pathlib import Path

import torch  # type: ignore[import-not-found, unused-ignore]
from onnxruntime.quantization import QuantType, quantize_dynamic

from promptguard.training.bert import Classifier


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
