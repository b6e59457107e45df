// What the page of a robot alone shows: the parameters held, the posture, the switches. The rest listens.
import { build } from "./build.js";
import { whole } from "./masses.js";
import { poses } from "./posture.js";

export class Bench {
  constructor(data) {
    this.recipe = data.recipe;
    this.presets = data.presets.map(({ label, values }) => ({ label, values: new Map(Object.entries(values)) }));
    this.listeners = [];
    this.switches = { axes: false, trace: true, names: false };
    Object.assign(this, { time: 0, iteration: 0, morphing: false, playing: null, complaint: "" });
    this.moved = { plain: new Map(), quaternions: new Map() };
    this.choose(this.presets.length - 1);
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell() {
    this.listeners.forEach((listener) => listener(this));
  }

  flip(name) {
    this.switches[name] = !this.switches[name];
    this.tell();
  }

  // Take all parameters from a preset.
  choose(index) {
    this.preset = index;
    this.held = new Map(this.presets[index].values);
    this.refresh();
  }

  hold(name, value) {
    this.held.set(name, value);
    this.refresh();
  }

  move(name, value) {
    this.moved.plain.set(name, value);
    this.refresh();
  }

  turn(joint, quaternion) {
    this.moved.quaternions.set(joint, quaternion);
    this.refresh();
  }

  stand() {
    this.moved = { plain: new Map(), quaternions: new Map() };
    this.refresh();
  }

  // What survives when the file is read again: what the reader set, where the file's own value stayed.
  state() {
    const base = build(this.recipe, this.presets[this.preset].values).values;
    return {
      preset: this.presets[this.preset].label,
      held: [...this.held].map(([name, value]) => [name, value, base.get(name)]),
      plain: [...this.moved.plain],
      quaternions: [...this.moved.quaternions],
      switches: this.switches,
    };
  }

  restore({ preset, held, plain, quaternions, switches }) {
    const index = this.presets.findIndex(({ label }) => label === preset);
    if (index >= 0) this.preset = index;
    const own = this.presets[this.preset].values;
    const { values, start } = build(this.recipe, own);
    this.held = new Map(own);
    for (const [name, value, base] of held) if (values.get(name) === base) this.held.set(name, value);
    this.moved = { plain: new Map(plain.filter(([name]) => start.plain.has(name))), quaternions: new Map(quaternions.filter(([joint]) => start.quaternions.has(joint))) };
    this.switches = switches;
    this.refresh();
  }

  // Whether any parameter differs from the preset.
  get changed() {
    const { values } = this.presets[this.preset];
    return this.held.size !== values.size || [...this.held].some(([name, value]) => values.get(name) !== value);
  }

  coordinate(name) {
    return this.moved.plain.get(name) ?? this.robot.start.plain.get(name);
  }

  rotation(joint) {
    return this.moved.quaternions.get(joint) ?? this.robot.start.quaternions.get(joint);
  }

  // Build the robot again; where that is impossible the last one stays, with a word why.
  refresh() {
    try {
      this.robot = build(this.recipe, this.held);
      this.complaint = "";
    } catch (problem) {
      if (!this.robot) throw problem;
      this.complaint = problem.message;
    }
    this.poses = poses(this.recipe, this.robot, this.moved);
    this.total = whole(this.robot.masses, this.poses);
    this.tell();
  }
}
