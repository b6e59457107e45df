"""Any metric, told apart by its `type`. Free of JAX."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from robodiff.tasks.effort_schema import (
    CostOfTransportSpec,
    EffortSpec,
    EnergySpec,
    JointSpeedSpec,
    MassSpec,
    SmoothnessSpec,
    TorqueSpec,
)
from robodiff.tasks.motion_schema import (
    ClearanceSpec,
    DistanceSpec,
    FallSpec,
    HeightSpec,
    ReachSpec,
    VelocitySpec,
    VelocityTrackingSpec,
)
from robodiff.tasks.posture_schema import (
    FinalPoseSpec,
    HeadingSpec,
    JointLimitSpec,
    SurvivalSpec,
    UprightSpec,
)
from robodiff.tasks.touch_schema import (
    ImpactSpec,
    SlipSpec,
)

AnyMetric = Annotated[
    DistanceSpec | VelocitySpec | VelocityTrackingSpec | HeightSpec | EnergySpec | TorqueSpec
    | EffortSpec | CostOfTransportSpec | UprightSpec | HeadingSpec | FallSpec | SurvivalSpec
    | ReachSpec | JointLimitSpec | JointSpeedSpec | FinalPoseSpec | SmoothnessSpec | SlipSpec
    | ImpactSpec | ClearanceSpec | MassSpec,
    Field(discriminator="type"),
]  # fmt: skip
"""Any metric, told apart by its `type`."""
