"""Linear feedback and policies from their specifications."""

from __future__ import annotations

import numpy as np

from robodiff.controllers.controller import Controller
from robodiff.controllers.draft import Draft
from robodiff.controllers.features import make_features
from robodiff.controllers.feedback import Feedback
from robodiff.controllers.groups import make_groups, shared_sets
from robodiff.controllers.names import matches, select, spread
from robodiff.controllers.policy import Policy, layer_parameters
from robodiff.controllers.schema import FeedbackSpec, PolicySpec


def make_feedback(spec: FeedbackSpec, draft: Draft, duration: float) -> Controller:
    features = make_features(spec.features, draft.topology, draft.report, (*draft.path, "features"))
    sets = shared_sets(spec.share, draft.actuators, draft.report, (*draft.path, "share"))
    groups = make_groups(sets, draft.actuators, draft.report)
    first = list(groups.first)
    draft.add("gain", _gains(spec, draft, features.names)[first], (groups.names, features.names))
    draft.add("bias", draft.outputs("bias", spec.bias)[first], (groups.names,))
    place = (*draft.path, "reference")
    reference = spread(spec.reference, features.names, 0.0, draft.report, place, "feature")
    column = np.array(reference, dtype=float)[:, None]
    return Feedback(**draft.finish(), features=features, reference=column, groups=groups)


def _gains(spec: FeedbackSpec, draft: Draft, features: tuple[str, ...]) -> np.ndarray:
    """[n, F] initial gains."""
    gains = np.zeros((len(draft.actuators), len(features)))
    for pattern, row in spec.gains.items():
        path = (*draft.path, "gains", pattern)
        select([pattern], draft.actuators, draft.report, path[:-1], "actuator")
        for index in matches(pattern, draft.actuators):
            for feature in row:
                gains[index, matches(feature, features)] = row[feature]
        spread(row, features, 0.0, draft.report, path, "feature")
    return gains


def make_policy(spec: PolicySpec, draft: Draft, duration: float) -> Controller:
    features = make_features(spec.features, draft.topology, draft.report, (*draft.path, "features"))
    inputs = [*features.names, *(("clock.sin", "clock.cos") if spec.clock else ())]
    hidden = [[str(unit) for unit in range(size)] for size in spec.hidden]
    if spec.clock:
        draft.add("frequency", spec.clock, noise=0.1, log=True)
    layers = layer_parameters(
        [inputs, *hidden, list(draft.actuators)],
        spec.output_scale, spec.seed, spec.init_scale, draft.is_fixed("weights"),
    )  # fmt: skip
    draft.table += layers
    scale = [spec.velocity_scale if name[:2] == "v." or name[:6] in ("body.v", "body.s") else 1.0
             for name in features.names]  # fmt: skip
    return Policy(
        **draft.finish(),
        features=features,
        feature_scale=np.array(scale)[:, None],
        layers=len(hidden) + 1,
        clock=spec.clock is not None,
    )
