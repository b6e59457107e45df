// What the view draws of a robot alone.
import { lowest } from "./terrain.js";
import { grow, longest, widen } from "./view.js";

export class BenchView {
  constructor(data, bench) {
    Object.assign(this, { data, bench });
    const com = { values: new Float32Array(3), rows: 1, width: 3 };
    const nothing = { values: new Float32Array(0), rows: 1, width: 0 };
    this.motion = { time: { values: [0], rows: 1 }, com, contact_links: [], contact_point: nothing, contact_force: nothing, weight: 1, cut: false };
    this.motion.trace = { values: com.values, step: 0 };
    data.motions = [this.motion];
    this.fit();
    this.size = longest(this.whole);
    this.floor = data.terrain ? lowest(data.terrain) : data.ground ? 0 : Math.min(0, this.whole.low[2] - 0.05 * this.size);
  }

  get front() {
    return this.whole.low[1] - this.middle[1];
  }

  now() {
    const { bench, motion } = this;
    motion.com.values.set(bench.total.center);
    return [{ motion, moving: true, design: this.design, poses: bench.poses, anchor: this.middle }];
  }

  get design() {
    const { shapes, links } = this.bench.robot;
    return { shapes, axes: links.map(({ axis }) => axis) };
  }

  // Frame the robot as it is now; it stays framed so while it changes.
  fit() {
    const box = { low: [Infinity, Infinity, Infinity], high: [-Infinity, -Infinity, -Infinity] };
    const { data } = this;
    widen(box, data, this.design, this.bench.poses, [0, 0, 0]);
    const reach = 0.08 * longest(box);
    const flat = data.ground && !data.terrain;
    this.sunk = flat && box.low[2] < -0.25 * reach;
    if (data.terrain) box.low[2] = Math.min(box.low[2], lowest(data.terrain, box.low, box.high));
    if (flat) box.low[2] = Math.min(box.low[2], 0);
    grow(box, box.low, reach);
    grow(box, box.high, reach);
    this.whole = box;
    this.middle = [0, 1].map((k) => (box.low[k] + box.high[k]) / 2);
  }

  box() {
    const { low, high } = this.whole;
    const [x, y] = this.middle;
    return { low: [low[0] - x, low[1] - y, low[2]], high: [high[0] - x, high[1] - y, high[2]] };
  }
}
