"""Mixed precision, where the machine gains by it."""

from __future__ import annotations

import torch


def mixed(device: torch.device) -> torch.autocast:
    """Return the context that a network is trained in: products in bfloat16 on a GPU or a processor that has it, else float32."""
    has_it = hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported") and bool(
        torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
    fast = device.type != "cpu" or has_it
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)
