"""Opens a network for ONNX Runtime on the CPU."""

from __future__ import annotations

import onnxruntime


def session_of(onnx: bytes, threads: int) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on the CPU.

    Args:
        threads: inside one operator; 0 lets ONNX Runtime choose.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
