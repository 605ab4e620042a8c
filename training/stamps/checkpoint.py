"""Weights on disk: ONNX with half precision's digits, compressed; and back into a net of torch."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn


def written(net: nn.Module, shape: tuple[int, ...], file: Path) -> None:
    """Write ``net`` as ONNX with weights of half precision's digits, compressed."""
    raw = file.with_suffix("")
    names = {2: "rows", 3: "columns"} if shape[0] == 1 else {0: "views"}
    torch.onnx.export(
        net, (torch.zeros(shape),), str(raw), dynamo=False, input_names=["ink"], dynamic_axes={"ink": names}
    )
    model = onnx.load(str(raw))
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32:
            rounded = values.astype(np.float16).astype(np.float32)
            weights.CopyFrom(numpy_helper.from_array(rounded, weights.name))
    file.write_bytes(gzip.compress(model.SerializeToString(), 9, mtime=0))
    raw.unlink()
    print(f"{file}: {file.stat().st_size} bytes", flush=True)


def loaded(net: nn.Module, file: Path) -> nn.Module:
    """Return ``net`` with the weights of ``file``, for further training. Raises ValueError: it is another net's.

    The file has batch normalisation folded into the convolutions; here it stands apart again, as one that changes
    nothing. Train on in ``eval`` mode, or its means are lost.
    """
    graph = onnx.load_from_string(gzip.decompress(file.read_bytes())).graph
    values = {weights.name: torch.tensor(numpy_helper.to_array(weights).copy()) for weights in graph.initializer}
    nodes = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    layers = [layer for layer in net.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    norms = iter([layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)])
    if [values[node.input[1]].shape for node in nodes] != [layer.weight.shape for layer in layers]:
        raise ValueError(f"{file} holds the weights of another net")
    with torch.no_grad():
        for node, layer in zip(nodes, layers, strict=True):
            layer.weight.copy_(values[node.input[1]])
            shift = values[node.input[2]]
            if layer.bias is not None:
                layer.bias.copy_(shift)
                continue
            norm = next(norms)
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1)
            norm.bias.copy_(shift)
    return net.eval()
