"""Options with which programs compile two to four times as fast, and run as much more slowly."""

import jax

FAST: dict[str, str | bool | int] = {"xla_backend_optimization_level": 0}
if jax.__version_info__ < (0, 11):
    FAST["xla_cpu_use_fusion_emitters"] = False
