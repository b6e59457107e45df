"""Arrays as text for the page: float32, base64."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np


def pack(array: Any) -> dict[str, Any]:
    """An array of any shape as `{shape, data}`; the page reads it back with `unpack`."""
    values = np.ascontiguousarray(np.asarray(array), dtype="<f4")
    return {"shape": list(values.shape), "data": base64.b64encode(values.tobytes()).decode()}


def unpack(packed: dict[str, Any]) -> np.ndarray:
    """The array that `pack` packed."""
    values = np.frombuffer(base64.b64decode(packed["data"]), dtype="<f4")
    return values.reshape(packed["shape"])
