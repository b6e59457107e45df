// Mass, centre and inertia, as in `robodiff.robot.mass_properties`.
import { rotate } from "./data.js";
import { matrix } from "./turns.js";

const PI = Math.PI;

// Volume, and principal moments at density 1, of a centred shape.
export function solid(kind, [a, b, c]) {
  if (kind === "box" || kind === "ellipsoid") {
    const volume = (kind === "box" ? 8 : (4 / 3) * PI) * a * b * c;
    const weight = volume * (kind === "box" ? 1 / 3 : 1 / 5);
    return { volume, moments: [b * b + c * c, a * a + c * c, a * a + b * b].map((square) => weight * square) };
  }
  // Capsules add two half balls to a cylinder; a sphere is a capsule of no length.
  const [r, h] = [a, kind === "sphere" ? 0 : b];
  const tube = 2 * PI * r ** 2 * h;
  const ball = kind === "cylinder" ? 0 : (4 / 3) * PI * r ** 3;
  const along = r ** 2 * (tube / 2 + (ball * 2) / 5);
  const across = along / 2 + h ** 2 * (tube / 3 + ball) + r * ball * (r / 5 + (3 / 4) * h);
  return { volume: tube + ball, moments: [across, across, along] };
}

// Bodies are {mass, center, inertia}: inertia about the centre, 3 x 3.
export const body = (mass, center, inertia = zeros()) => ({ mass, center, inertia });

// diag(moments), turned.
export const turnedMoments = (moments, quaternion) => turned(zeros().map((row, i) => row.map((_, j) => (i === j ? moments[i] : 0))), quaternion);

// R I R^T
export function turned(inertia, quaternion) {
  const R = matrix(quaternion);
  return R.map((row) => R.map((other) => {
    let sum = 0;
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) sum += row[i] * inertia[i][j] * other[j];
    return sum;
  }));
}

// A rigid union; parallel axes: I + m (|d|^2 1 - d d^T).
export function union(bodies) {
  const mass = bodies.reduce((sum, one) => sum + one.mass, 0);
  const center = [0, 1, 2].map((k) => bodies.reduce((sum, one) => sum + one.mass * one.center[k], 0) / (mass > 0 ? mass : 1));
  const inertia = zeros();
  for (const one of bodies) {
    const d = one.center.map((value, k) => value - center[k]);
    const square = d.reduce((sum, value) => sum + value * value, 0);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
      inertia[i][j] += one.inertia[i][j] + one.mass * ((i === j ? square : 0) - d[i] * d[j]);
    }
  }
  return { mass, center, inertia };
}

// All links together in a pose, world axes.
export const whole = (bodies, poses) =>
  union(bodies.map(({ mass, center, inertia }, i) => {
    const { position, quaternion } = poses[i];
    const place = rotate(quaternion, center).map((value, k) => value + position[k]);
    return body(mass, place, turned(inertia, quaternion));
  }));

const zeros = () => [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
