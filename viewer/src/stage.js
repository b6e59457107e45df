// The view with what lies over it: captions, link names, a ruler on the floor, switches.
import { centerAt, robotOf, touches } from "./data.js";
import { element } from "./dom.js";
import { Flat } from "./flat.js";
import { majorOf, roundStep, tick } from "./numbers.js";
import { Scene3D } from "./scene.js";
import { onTheme, palette } from "./theme.js";
import { View } from "./view.js";
import { latest } from "./words.js";

const SWITCHES = {
  overlay: ["overlay", "Both robots in one picture, the first translucent (o)"],
  follow: ["follow", "The camera goes along with the robots"],
  forces: ["contact forces", "Forces of the ground, and of links on each other; the robot's weight is half its length"],
  axes: ["joint axes", "Axes of hinges and slides"],
  trace: ["centre of mass", "Where the centre of mass was"],
  names: ["link names", "Names of the links"],
};

export class Stage {
  constructor(data, clock, view = new View(data)) {
    Object.assign(this, { data, clock, view, dirty: true, alone: data.motions.length < 2 });
    this.overlay = element("div", { class: this.alone ? "overlay" : "overlay pair", "aria-hidden": "true" });
    this.canvas = element("canvas", { "aria-label": this.alone ? "The robot" : "The robot before and after", tabindex: -1 });
    this.holder = element("div", { class: "holder" }, this.canvas, this.overlay);
    this.draws = this.makeRenderer();
    this.node = element("section", { class: "stage" }, this.holder, this.switches());
    this.captions = data.motions.map(() => element("span", { class: "caption" }));
    this.listen();
  }

  makeRenderer() {
    const colors = palette(this.data);
    if (!location.hash.includes("2d")) {
      try {
        return new Scene3D(this.canvas, this.data, this.view, colors);
      } catch (problem) {
        console.info(`no WebGL, so the view is flat (${problem.message})`);
        const fresh = this.canvas.cloneNode();
        this.canvas.replaceWith(fresh);
        this.canvas = fresh;
      }
    }
    return new Flat(this.canvas, this.data, this.view, colors);
  }

  switches() {
    const { clock, data } = this;
    const has = { overlay: !this.alone, follow: !this.alone, forces: data.motions.some(touches), axes: data.links.some((link) => link.turns) };
    const nodes = Object.entries(SWITCHES).filter(([name]) => has[name] !== 0 && has[name] !== false).map(([name, [text, hint]]) => {
      const node = element("button", { class: "switch", title: hint, "data-switch": name, onclick: () => clock.flip(name) }, text);
      const show = () => node.setAttribute("aria-pressed", clock.switches[name]);
      clock.listen(show);
      show();
      return node;
    });
    const reset = element("button", { class: "plain", title: "Look from the side again", onclick: () => this.reset() }, "reset view");
    return element("div", { class: "switches" }, nodes, element("span", { class: "gap" }), reset);
  }

  listen() {
    let { follow, overlay } = this.clock.switches;
    this.clock.listen(({ switches }) => {
      this.dirty = true;
      if (follow !== switches.follow) this.reset();
      else if (overlay !== switches.overlay && !this.draws.touched) this.fresh = true;
      ({ follow, overlay } = switches);
    });
    this.draws.onMove(() => (this.dirty = true));
    onTheme(() => {
      this.draws.paint(palette(this.data));
      this.dirty = true;
    });
    new ResizeObserver(() => {
      if (!this.draws.touched) this.fresh = true;
      this.dirty = true;
    }).observe(this.holder);
    this.fresh = true;
    let [last, slow] = [0, 0];
    const frame = (now) => {
      slow = this.clock.playing && now - last > 90 ? slow + 1 : 0;
      if (slow === 10) this.draws.lighten?.();
      last = now;
      if (this.closed) return;
      if (this.dirty) this.draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  // For a stage that another takes the place of.
  close() {
    this.closed = true;
    this.draws.close?.();
  }

  reset() {
    this.view.fit?.();
    this.fresh = this.dirty = true;
  }

  // Look from where the reader looked before.
  look(camera) {
    this.draw();
    if (camera) this.draws.lookFrom(camera);
    this.dirty = true;
  }

  // Side by side where that is wide enough, else one above the other; or both in one.
  panels() {
    const { width, height } = this.holder.getBoundingClientRect();
    if (this.alone || this.clock.switches.overlay) return [{ left: 0, top: 0, width, height }];
    if (width < 640) {
      const half = Math.floor(height / 2);
      return [0, 1].map((i) => ({ left: 0, top: i * (half + 1), width, height: half }));
    }
    const half = Math.floor(width / 2);
    return [0, 1].map((i) => ({ left: i * (half + 1), top: 0, width: half, height }));
  }

  draw() {
    const { clock, view } = this;
    const panels = this.panels();
    if (panels[0].width < 10 || panels[0].height < 10) return;
    this.dirty = false;
    if (this.fresh) this.draws.frame(clock, panels);
    this.fresh = false;
    const robots = view.now(clock);
    this.draws.draw(clock, robots, panels);
    this.label(robots, panels);
  }

  label(robots, panels) {
    const { clock, data, overlay, captions, view } = this;
    const texts = this.alone ? [""] : data.captions ?? ["before", clock.morphing ? `iteration ${Math.round(clock.iteration)}` : latest(data)];
    const one = panels.length < robots.length;
    overlay.classList.toggle("pair", panels.length > 1);
    const notes = robots.map(({ motion, moving }, i) => {
      if (!moving) return "as it stands at the start";
      const end = motion.time.values.at(-1);
      if (motion.cut && clock.time > end) return `diverged at ${end.toFixed(2)} s`;
      return one && i === 0 && robots[1].moving ? apart(robots, clock.time, view.size) : "";
    });
    const marks = captions.map((node, i) => {
      node.replaceChildren(element("b", { class: i ? "after" : "before" }, texts[i]), notes[i] ? ` ${notes[i]}` : "");
      const { left, top } = panels[one ? 0 : i];
      return put(node, [left + 16, top + 12 + (one ? 22 * i : 0)]);
    });
    robots.forEach((robot, i) => {
      if (one && i === 0) return; // one ruler, and names once
      const panel = panels[one ? 0 : i];
      const labels = [...this.ruler(robot)];
      if (clock.switches.names) labels.push(...robot.poses.map((pose, k) => [robotOf(data, i).links[k].name, pose.position, "name"]));
      const taken = [];
      for (const [text, point, kind] of labels) {
        const pixel = this.draws.project(point, robot.anchor, panel);
        if (!pixel || !inside(pixel, panel)) continue;
        marks.push(put(element("span", { class: kind }, text), kind === "name" ? free(pixel, text, taken) : pixel));
      }
    });
    overlay.replaceChildren(...marks);
  }

  // Metres along x, in front of the robot.
  ruler({ anchor }) {
    const { view } = this;
    const cell = roundStep(view.size, 10);
    const step = majorOf(cell) * cell;
    const reach = Math.ceil((2.2 * view.size) / step) + 1;
    const middle = Math.round(anchor[0] / step);
    const side = this.draws.kind === "canvas" ? 0 : view.front;
    return Array.from({ length: 2 * reach + 1 }, (_, i) => {
      const x = (middle - reach + i) * step;
      return [`${tick(Math.abs(x) < 1e-9 ? 0 : x)} m`, [x, anchor[1] + side, view.floor], "mark"];
    });
  }
}

// How far the first robot is from the second, along x.
function apart(robots, time, size) {
  const [before, after] = robots.map(({ motion }) => centerAt(motion, time)[0]);
  const distance = before - after;
  return Math.abs(distance) < 0.5 * size ? "" : `${Math.abs(distance).toFixed(2)} m ${distance < 0 ? "behind" : "ahead"}`;
}

// A place for a name that covers none of those before it, as near its link as can be: right of it, left, below, above.
function free([x, y], text, taken) {
  const width = 7 * text.length + 8;
  const places = [0, 17, -17, 34, -34, 51, -51].flatMap((down) => [[x, y + down], [x - width - 14, y + down]]);
  const open = ([left, top]) => !taken.some((other) => Math.abs(other.top - top) < 17 && left < other.left + other.width && other.left < left + width);
  const [left, top] = places.find(open) ?? places[0];
  taken.push({ left, top, width });
  return [left, top];
}

const inside = ([x, y], { left, top, width, height }) => x > left + 4 && x < left + width - 28 && y > top + 4 && y < top + height - 20;

function put(node, [x, y]) {
  node.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  return node;
}
