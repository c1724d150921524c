"""The rows of a table unless others are named: the published systems that have figures, in the order of the sources."""

from __future__ import annotations

PUBLISHED = (
    "triplet-cnn",
    "baseline-cnn-13m",
    "inception-v3",
    "xception",
    "xception-finetuned",
    "xception-corners",
    "softmax-dot",
)
