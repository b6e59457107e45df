// The data of the page, unpacked; poses at a time and designs at an iteration.
export function unpack(packed) {
  const text = atob(packed.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const width = packed.shape.slice(1).reduce((a, b) => a * b, 1);
  return { values: new Float32Array(bytes.buffer), shape: packed.shape, rows: packed.shape[0], width };
}

// The robot on one side of the view: of a comparison each side has its own.
export const robotOf = (data, side) => data.robots?.[side] ?? data;

// One run of a comparison.
export function prepare(run) {
  unpackAll(run);
  follow(run.motion);
  run.iterations = 0;
}

export function readData(data) {
  unpackAll(data);
  data.motions.forEach(follow);
  data.duration = Math.max(...data.motions.map((motion) => motion.time.values.at(-1)));
  data.iterations = data.designs.iteration.at(-1);
  return data;
}

function unpackAll(node) {
  for (const [key, value] of Object.entries(node)) {
    if (!value || typeof value !== "object") continue;
    if (Array.isArray(value.shape) && typeof value.data === "string") node[key] = unpack(value);
    else unpackAll(value);
  }
}

// Where `x` lies in increasing `values`: {low, high, part}, with part 0 on a value itself.
export function locate(values, x) {
  let low = 0;
  let high = values.length - 1;
  if (high < 1 || x <= values[0]) return { low: 0, high: 0, part: 0 };
  if (x >= values[high]) return { low: high, high, part: 0 };
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= x) low = middle;
    else high = middle;
  }
  return { low, high, part: (x - values[low]) / (values[high] - values[low]) };
}

// Entries [start, start + size) of a row, between two rows.
export function between(array, place, start, size) {
  const a = place.low * array.width + start;
  const b = place.high * array.width + start;
  const out = new Array(size);
  for (let i = 0; i < size; i++) {
    const value = array.values[a + i];
    out[i] = place.part === 0 ? value : value + place.part * (array.values[b + i] - value);
  }
  return out;
}

// The same for a quaternion (w, x, y, z), on the shorter way.
export function turnBetween(array, place, start) {
  const a = between(array, { ...place, part: 0 }, start, 4);
  if (place.part === 0) return a;
  const b = between(array, { low: place.high, high: place.high, part: 0 }, start, 4);
  const sign = a.reduce((sum, value, i) => sum + value * b[i], 0) < 0 ? -1 : 1;
  const mixed = a.map((value, i) => value + place.part * (sign * b[i] - value));
  const length = Math.hypot(...mixed);
  return mixed.map((value) => value / length);
}

// Poses of all links: [{position, quaternion}].
export function posesAt(motion, time) {
  const weights = around(motion, time);
  return Array.from({ length: motion.link_position.width / 3 }, (_, i) => ({
    position: blend(motion.link_position, weights, 3 * i, 3),
    quaternion: unit(blend(motion.link_quaternion, weights, 4 * i, 4, true)),
  }));
}

export const centerAt = (motion, time) => blend(motion.com, around(motion, time), 0, 3);

// What a camera follows.
export const pathAt = (motion, time) => blend(motion.path, around(motion, time), 0, 3);

// Two links each that press each other; motions without any say nothing of them.
export const pairLinks = (motion) => motion.pair_links ?? [];

export const touches = (motion) => motion.contact_links.length + pairLinks(motion).length > 0;

// Arrows of what presses where, [{point, way}] [m]: the robot's weight is half its size, and what is too short is left
// out.
export function arrowsAt(motion, time, size) {
  const scale = (0.5 * size) / Math.max(motion.weight, 1e-6);
  const arrows = pushesAt(motion, time).map(({ force, point }) => ({ point, way: force.map((value) => scale * value) }));
  return arrows.filter(({ way }) => Math.hypot(...way) > 0.015 * size);
}

// [{force, point}]: the ground on each link that touches it, then of each two links the first on the second, and the
// second on the first.
function pushesAt(motion, time) {
  const place = locate(motion.time.values, time);
  const ground = motion.contact_links.map((_, i) => pushAt(motion.contact_force, motion.contact_point, i, place));
  const both = pairLinks(motion).flatMap((_, i) => {
    const { force, point } = pushAt(motion.pair_force, motion.pair_point, i, place);
    return [{ force, point }, { force: force.map((value) => -value), point }];
  });
  return [...ground, ...both];
}

// Straight between frames, so that nothing pulls. A place without a force means nothing, so the two places count by
// their forces.
function pushAt(forces, points, index, place) {
  const force = between(forces, place, 3 * index, 3);
  const share = (row, part) => part * Math.hypot(...between(forces, { low: row, high: row, part: 0 }, 3 * index, 3));
  const [a, b] = [share(place.low, 1 - place.part), share(place.high, place.part)];
  return { force, point: between(points, { ...place, part: a + b > 0 ? b / (a + b) : 0 }, 3 * index, 3) };
}

// Rows about a time and their weights.
function around(motion, time) {
  const place = locate(motion.time.values, time);
  return place.part === 0 ? [[place.low, 1]] : cubic(motion.time.values, place);
}

// Rows and weights of a cubic through the rows on either side (Catmull-Rom, any spacing): motions of
// many frames are thinned out, and straight lines between what is left would show.
function cubic(x, { low, high, part }) {
  const [before, after] = [Math.max(low - 1, 0), Math.min(high + 1, x.length - 1)];
  const step = x[high] - x[low];
  const [s, t] = [part * part, part * part * part];
  const rises = [(t - 2 * s + part) * step, (t - s) * step]; // of the slopes at both ends
  const weights = new Map([[low, 2 * t - 3 * s + 1], [high, 3 * s - 2 * t]]);
  const add = (row, value) => weights.set(row, (weights.get(row) ?? 0) + value);
  for (const [rise, first, last] of [[rises[0], before, high], [rises[1], low, after]]) {
    const span = x[last] - x[first];
    add(last, rise / span);
    add(first, -rise / span);
  }
  return [...weights];
}

// A weighted sum of rows; of quaternions, each turned to the side of the first.
function blend(array, weights, start, size, turns = false) {
  const out = new Array(size).fill(0);
  const home = weights[0][0] * array.width + start;
  for (const [row, weight] of weights) {
    const at = row * array.width + start;
    let dot = 0;
    for (let i = 0; i < size; i++) dot += array.values[home + i] * array.values[at + i];
    const signed = turns && dot < 0 ? -weight : weight;
    for (let i = 0; i < size; i++) out[i] += signed * array.values[at + i];
  }
  return out;
}

function unit(turn) {
  const length = Math.hypot(...turn);
  return turn.map((value) => value / length);
}

// The robot of an iteration as it stands at the start: links and shapes.
export function designAt(data, iteration) {
  const { designs } = data;
  const last = designs.iteration.length - 1;
  const place =
    iteration >= data.iterations ? { low: last, high: last, part: 0 } : locate(designs.iteration, iteration);
  return {
    links: poses(designs.link_position, designs.link_quaternion, place),
    shapes: data.shapes.map((_, i) => ({
      size: between(designs.size, place, 3 * i, 3),
      position: between(designs.position, place, 3 * i, 3),
      quaternion: turnBetween(designs.quaternion, place, 4 * i),
    })),
    axes: data.links.map((_, i) => between(designs.axis, place, 3 * i, 3)),
  };
}

// The first design is the robot before.
export const designBefore = (data) => designAt(data, -1);

function poses(position, quaternion, place) {
  return Array.from({ length: position.width / 3 }, (_, i) => ({
    position: between(position, place, 3 * i, 3),
    quaternion: turnBetween(quaternion, place, 4 * i),
  }));
}

// The centre of mass, smoothed for a camera, and as a curve of 60 points a second.
function follow(motion) {
  motion.path = smoothPath(motion);
  const end = motion.time.values.at(-1);
  const count = Math.max(1, Math.round(Math.min(60 * end, 10000)));
  const times = Array.from({ length: count + 1 }, (_, i) => (i * end) / count);
  motion.trace = { values: Float32Array.from(times.flatMap((time) => centerAt(motion, time))), step: end / count };
}

// Points of the curve up to a time.
export const traced = ({ trace }, time) => Math.min(trace.values.length / 3, 1 + Math.floor(time / Math.max(trace.step, 1e-9) + 1e-6));

function smoothPath(motion) {
  const { com, time } = motion;
  const rows = com.rows;
  const step = rows > 1 ? time.values[1] - time.values[0] : 1;
  const half = Math.max(1, Math.min(Math.round(0.35 / step), rows >> 2));
  const values = new Float32Array(com.values.length);
  for (let row = 0; row < rows; row++) {
    const reach = Math.min(half, row, rows - 1 - row);
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let k = row - reach; k <= row + reach; k++) sum += com.values[3 * k + axis];
      values[3 * row + axis] = sum / (2 * reach + 1);
    }
  }
  return { ...com, values };
}

export function rotate([w, x, y, z], [a, b, c]) {
  const [s, t, u] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * s + y * u - z * t, b + w * t + z * s - x * u, c + w * u + x * t - y * s];
}

export function multiply([a, b, c, d], [e, f, g, h]) {
  return [
    a * e - b * f - c * g - d * h,
    a * f + b * e + c * h - d * g,
    a * g - b * h + c * e + d * f,
    a * h + b * g - c * f + d * e,
  ];
}
