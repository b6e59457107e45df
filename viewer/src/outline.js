// The silhouette of a convex shape under a parallel projection, by its support function.
import { multiply, rotate } from "./data.js";

const STEPS = 48;
const ANGLES = Array.from({ length: STEPS }, (_, i) => ((i + 0.5) * 2 * Math.PI) / STEPS);

// Points [x, z] on the page; `page` holds the world directions of its two axes.
export function outline({ kind, points }, shape, pose, page) {
  const center = rotate(pose.quaternion, shape.position).map((value, k) => value + pose.position[k]);
  const turn = multiply(pose.quaternion, shape.quaternion);
  const axes = [0, 1, 2].map((k) => {
    const axis = rotate(turn, [k === 0, k === 1, k === 2].map(Number));
    return page.map((direction) => dot(direction, axis));
  });
  const origin = page.map((direction) => dot(direction, center));
  return ANGLES.map((angle) => {
    const way = [Math.cos(angle), Math.sin(angle)];
    const offset = SUPPORT[kind](shape.size, axes, way, points);
    return [origin[0] + offset[0], origin[1] + offset[1]];
  });
}

const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const plus = (...vectors) => [0, 1].map((k) => vectors.reduce((sum, v) => sum + v[k], 0));
const times = (factor, v) => v.map((value) => factor * value);
const towards = (way, axis) => (dot(way, axis) >= 0 ? 1 : -1);

const SUPPORT = {
  sphere: ([r], _, way) => times(r, way),
  capsule: ([r, half], axes, way) => plus(times(r, way), times(half * towards(way, axes[2]), axes[2])),
  box: (size, axes, way) => plus(...axes.map((axis, k) => times(size[k] * towards(way, axis), axis))),
  cylinder: ([r, half], axes, way) => {
    const rim = [dot(way, axes[0]), dot(way, axes[1])];
    const scale = r / Math.max(Math.hypot(...rim), 1e-9);
    return plus(times(scale * rim[0], axes[0]), times(scale * rim[1], axes[1]), times(half * towards(way, axes[2]), axes[2]));
  },
  hull: (size, axes, way, points) => {
    const corners = points.map((point) => plus(...axes.map((axis, k) => times(size[k] * point[k], axis))));
    return corners.reduce((best, corner) => (dot(corner, way) > dot(best, way) ? corner : best));
  },
  ellipsoid: (size, axes, way) => {
    const scaled = axes.map((axis, k) => size[k] * dot(way, axis));
    const length = Math.max(Math.hypot(...scaled), 1e-12);
    return plus(...axes.map((axis, k) => times((size[k] * scaled[k]) / length, axis)));
  },
};
