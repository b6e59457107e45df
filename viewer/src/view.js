// What both views, 3-D and 2-D, draw: where each robot is, and what the camera looks at.
import { between, designAt, designBefore, pathAt, posesAt, robotOf, rotate } from "./data.js";
import { lowest } from "./terrain.js";

export class View {
  constructor(data) {
    this.data = data;
    this.before = designBefore(robotOf(data, 0));
    this.boxes = { still: robotBox(data, true), moving: robotBox(data, false) };
    this.size = longest(this.boxes.still);
  }

  // The two robots as they are now: [{label, design, poses, moving, anchor}].
  now(clock) {
    const { data } = this;
    const design = designAt(robotOf(data, 1), clock.iteration);
    return data.motions.map((motion, i) => {
      const moving = i === 0 || !clock.morphing;
      return {
        motion,
        moving,
        of: robotOf(data, i),
        design: i === 0 ? this.before : design,
        poses: moving ? posesAt(motion, clock.time) : design.links,
        anchor: this.anchor(motion, clock),
      };
    });
  }

  // The point on the floor that is the middle of the picture.
  anchor(motion, clock) {
    if (!clock.switches.follow) return this.middle;
    const [x, y] = pathAt(clock.switches.overlay ? this.data.motions[1] : motion, clock.time);
    return [x, y];
  }

  get middle() {
    const { low, high } = this.boxes.moving;
    return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
  }

  // The box to fit into the picture, about the anchor.
  box(clock) {
    if (clock.switches.follow) return this.boxes.still;
    const { low, high } = this.boxes.moving;
    const [x, y] = this.middle;
    return { low: [low[0] - x, low[1] - y, low[2]], high: [high[0] - x, high[1] - y, high[2]] };
  }

  // How far before the robot the ruler lies, along y.
  get front() {
    return this.boxes.still.low[1] - 0.06 * this.size;
  }

  get floor() {
    if (this.data.terrain) return lowest(this.data.terrain);
    return this.data.ground ? 0 : Math.min(0, this.boxes.moving.low[2] - 0.05 * this.size);
  }
}

// Extent of both robots over their motions, in the world or about what a camera follows.
function robotBox(data, followed) {
  const box = { low: [Infinity, Infinity, Infinity], high: [-Infinity, -Infinity, -Infinity] };
  const designs = [designBefore(robotOf(data, 0)), designAt(robotOf(data, 1), data.iterations)];
  data.motions.forEach((motion, i) => {
    const frames = motion.time.rows;
    const step = Math.max(1, Math.floor(frames / 60));
    for (let row = 0; row < frames; row += step) {
      const place = { low: row, high: row, part: 0 };
      const [x, y] = followed ? between(motion.path, place, 0, 2) : [0, 0];
      widen(box, robotOf(data, i), designs[i], posesAt(motion, motion.time.values[row]), [x, y, 0]);
    }
  });
  for (const target of followed ? [] : data.targets) grow(box, target, 0.02);
  if (data.ground && !data.terrain) box.low[2] = Math.min(box.low[2], 0);
  return box;
}

export function widen(box, data, design, poses, origin) {
  data.shapes.forEach(({ link, kind, points }, i) => {
    const { size, position, quaternion } = design.shapes[i];
    const pose = link < 0 ? { position: [0, 0, 0], quaternion: [1, 0, 0, 0] } : poses[link];
    for (const [reach, ...corner] of corners(kind, size, points)) {
      const local = rotate(quaternion, corner).map((value, k) => value + position[k]);
      const world = rotate(pose.quaternion, local).map((value, k) => value + pose.position[k] - origin[k]);
      grow(box, world, reach);
    }
  });
  if (!data.shapes.length) poses.forEach((pose) => grow(box, pose.position.map((v, k) => v - origin[k]), 0.05));
}

// Points of a shape's own frame and how far it reaches about each: [reach, x, y, z].
function corners(kind, size, points) {
  const [x, y, z] = size;
  if (kind === "hull") return points.map((point) => [0, ...point.map((value, k) => value * size[k])]);
  if (kind === "box") return [-x, x].flatMap((a) => [-y, y].flatMap((b) => [-z, z].map((c) => [0, a, b, c])));
  if (kind === "ellipsoid") return [[Math.max(x, y, z), 0, 0, 0]];
  return kind === "sphere" ? [[x, 0, 0, 0]] : [[x, 0, 0, -y], [x, 0, 0, y]];
}

export function grow(box, point, reach) {
  point.forEach((value, k) => {
    box.low[k] = Math.min(box.low[k], value - reach);
    box.high[k] = Math.max(box.high[k], value + reach);
  });
}

export const longest = ({ low, high }) => Math.max(0.05, ...high.map((value, k) => value - low[k]));
