// Rotations as unit quaternions (w, x, y, z), as the robot file means them.
import { rotate } from "./data.js";

export const unit = (vector) => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

// Angles about the fixed axes x, y, z, in that order.
export function fromRollPitchYaw(angles) {
  const [cr, cp, cy] = angles.map((angle) => Math.cos(angle / 2));
  const [sr, sp, sy] = angles.map((angle) => Math.sin(angle / 2));
  return [
    cr * cp * cy + sr * sp * sy,
    sr * cp * cy - cr * sp * sy,
    cr * sp * cy + sr * cp * sy,
    cr * cp * sy - sr * sp * cy,
  ];
}

export function toRollPitchYaw([w, x, y, z]) {
  const sine = Math.min(1, Math.max(-1, 2 * (w * y - z * x)));
  return [Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)), Math.asin(sine), Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))];
}

// Of a row that is roll, pitch, yaw or a quaternion itself.
export const fromRow = (row) => (row.length === 4 ? unit(row) : fromRollPitchYaw(row));

export function aboutAxis(axis, angle) {
  const sine = Math.sin(angle / 2);
  return [Math.cos(angle / 2), ...axis.map((value) => sine * value)];
}

// Lays the z axis along a direction, in either sense; see `robodiff.robot.frames.from_axis`.
export function fromDirection(direction) {
  let along = unit(direction);
  if (along[2] < -0.5) along = along.map((value) => -value);
  const [x, y, z] = along;
  return unit([1 + z, -y, x, 0]);
}

// Rows of the rotation matrix.
export function matrix(quaternion) {
  const columns = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map((axis) => rotate(quaternion, axis));
  return [0, 1, 2].map((row) => columns.map((column) => column[row]));
}
