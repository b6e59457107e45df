// The 2-D view, where there is no WebGL: the robots from their side (or from above).
import { arrowsAt, centerAt, robotOf, traced } from "./data.js";
import { outline } from "./outline.js";
import { roundStep } from "./numbers.js";
import { profile } from "./terrain.js";

const GHOST = 0.42; // opacity
const SIDE = { page: [[1, 0, 0], [0, 0, 1]], toward: [0, -1, 0], axes: [0, 2] };
const TOP = { page: [[1, 0, 0], [0, 1, 0]], toward: [0, 0, 1], axes: [0, 1] };

export class Flat {
  constructor(canvas, data, view, palette) {
    this.kind = "canvas";
    Object.assign(this, { canvas, data, view, palette, zoom: 1, shift: [0, 0], drawn: [] });
    this.camera = data.camera === "top" ? TOP : SIDE;
    this.pen = canvas.getContext("2d");
  }

  // Drag to pan, wheel to zoom.
  onMove(listener) {
    const { canvas } = this;
    canvas.style.touchAction = "pan-y"; // a finger that goes up and down scrolls the page
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      this.shift = [this.shift[0] + event.movementX, this.shift[1] + event.movementY];
      listener();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom = Math.min(20, Math.max(0.1, this.zoom * Math.exp(-0.0015 * event.deltaY)));
      listener();
    }, { passive: false });
  }

  paint(palette) {
    this.palette = palette;
  }

  frame(clock, panels) {
    [this.zoom, this.shift] = [1, [0, 0]];
    this.panels = panels;
  }

  look() {
    return { zoom: this.zoom, shift: this.shift };
  }

  lookFrom({ zoom, shift }) {
    Object.assign(this, { zoom, shift });
  }

  // Pixels in a metre, and the page point in the middle of a panel.
  window(clock, panel) {
    const { low, high } = this.view.box(clock);
    const [a, b] = this.camera.axes;
    const fit = Math.min(panel.width / (high[a] - low[a]), panel.height / (high[b] - low[b]));
    return { scale: 0.82 * fit * this.zoom, middle: [(low[a] + high[a]) / 2, (low[b] + high[b]) / 2] };
  }

  project(point, anchor, panel) {
    const { scale, middle } = this.window(this.clock, panel);
    const [a, b] = this.camera.axes;
    const held = [anchor[0], anchor[1], 0];
    return [
      panel.left + panel.width / 2 + this.shift[0] + scale * (point[a] - held[a] - middle[0]),
      panel.top + panel.height / 2 + this.shift[1] - scale * (point[b] - held[b] - middle[1]),
    ];
  }

  draw(clock, robots, panels) {
    const { canvas, pen, palette } = this;
    this.clock = clock;
    const ratio = Math.min(devicePixelRatio, 2);
    const { width, height } = canvas.parentElement.getBoundingClientRect();
    [canvas.width, canvas.height] = [width * ratio, height * ratio];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = palette.stage;
    pen.fillRect(0, 0, width, height);
    this.drawn = robots;
    this.together = panels.length < robots.length;
    panels.forEach((panel, i) => {
      pen.save();
      pen.beginPath();
      pen.rect(panel.left, panel.top, panel.width, panel.height);
      pen.clip();
      if (this.camera === SIDE) this.ground(clock, robots[i], panel);
      if (this.together) this.through(() => this.robot(clock, robots[0], panel));
      this.robot(clock, this.together ? robots[1] : robots[i], panel);
      pen.restore();
    });
  }

  robot(clock, robot, panel) {
    const put = (point) => this.project(point, robot.anchor, panel);
    this.shapes(robot, put);
    this.marks(clock, robot, put);
  }

  // Draw something translucent, as one piece.
  through(draw) {
    const { pen, canvas } = this;
    const layer = canvas.cloneNode();
    this.pen = layer.getContext("2d");
    this.pen.setTransform(pen.getTransform());
    draw();
    this.pen = pen;
    pen.save();
    pen.resetTransform();
    pen.globalAlpha = GHOST;
    pen.drawImage(layer, 0, 0);
    pen.restore();
  }

  ground(clock, { anchor }, panel) {
    const { pen, palette, view } = this;
    const put = (point) => this.project(point, anchor, panel);
    const { scale } = this.window(clock, panel);
    const level = put([0, 0, view.floor])[1];
    pen.fillStyle = palette.floor;
    if (this.data.terrain) return this.hills(put, panel);
    pen.fillRect(panel.left, level, panel.width, panel.height);
    pen.strokeStyle = palette.grid;
    pen.lineWidth = 1;
    const step = roundStep(view.size, 10);
    const first = Math.ceil((anchor[0] - panel.width / scale) / step);
    line(pen, [[panel.left, level], [panel.left + panel.width, level]]);
    for (let i = first; i < first + 60; i++) {
      const [x] = put([i * step, 0, 0]);
      line(pen, [[x, level], [x, level + 5]]);
    }
  }

  hills(put, panel) {
    const { pen, palette } = this;
    const points = profile(this.data.terrain).map(put);
    const ends = [[panel.left, points[0][1]], [panel.left + panel.width, points.at(-1)[1]]];
    if (points[0][0] > ends[0][0]) points.unshift(ends[0]);
    if (points.at(-1)[0] < ends[1][0]) points.push(ends[1]);
    const below = panel.top + panel.height;
    pen.beginPath();
    for (const [x, y] of [[points[0][0], below], ...points, [points.at(-1)[0], below]]) pen.lineTo(x, y);
    pen.fill();
    pen.strokeStyle = palette.grid;
    pen.lineWidth = 1;
    points.slice(1).forEach((point, i) => line(pen, [points[i], point]));
  }

  // Far shapes first.
  shapes({ poses, design, of = this.data }, put) {
    const { pen, palette, camera } = this;
    const colors = palette.linksOf(of);
    const still = { position: [0, 0, 0], quaternion: [1, 0, 0, 0] };
    const depth = (pose) => pose.position.reduce((sum, value, k) => sum + value * camera.toward[k], 0);
    const pieces = of.shapes.map((solid, i) => {
      const { link } = solid;
      const pose = link < 0 ? still : poses[link];
      return { pose, solid, shape: design.shapes[i], color: colors[link < 0 ? of.links.length : link] };
    });
    const other = [0, 1, 2].find((k) => !camera.axes.includes(k));
    for (const { pose, solid, shape, color } of pieces.sort((a, b) => depth(a.pose) - depth(b.pose))) {
      pen.fillStyle = color;
      pen.strokeStyle = palette.stage;
      pen.lineWidth = 1.2;
      pen.beginPath();
      outline(solid, shape, pose, camera.page).forEach(([x, y], i) => {
        const point = [0, 0, 0];
        [point[camera.axes[0]], point[camera.axes[1]], point[other]] = [x, y, 0];
        pen[i ? "lineTo" : "moveTo"](...put(point));
      });
      pen.closePath();
      pen.fill();
      pen.stroke();
    }
  }

  marks(clock, { motion, moving, poses, of = this.data }, put) {
    const { pen, palette, view } = this;
    pen.lineWidth = 2;
    pen.strokeStyle = palette.target;
    for (const target of of.targets) cross(pen, put(target), 5);
    if (clock.switches.axes) {
      pen.strokeStyle = palette.axis;
      poses.forEach((pose, i) => of.links[i].turns && ring(pen, put(pose.position), 5));
    }
    if (!moving) return;
    if (clock.switches.trace) {
      pen.strokeStyle = pen.fillStyle = palette.com;
      const { values } = motion.trace;
      line(pen, Array.from({ length: traced(motion, clock.time) }, (_, i) => put(values.slice(3 * i, 3 * i + 3))));
      ring(pen, put(centerAt(motion, clock.time)), 4, true);
    }
    if (!clock.switches.forces) return;
    pen.strokeStyle = pen.fillStyle = palette.force;
    pen.lineWidth = 3;
    for (const { point, way } of arrowsAt(motion, clock.time, view.size)) {
      arrow(pen, put(point), put(point.map((value, k) => value + way[k])));
    }
  }

  poses(which) {
    return (this.drawn[which]?.poses ?? []).map((pose, i) => ({ name: robotOf(this.data, which).links[i].name, ...pose }));
  }

  placed(which) {
    const { anchor, motion } = this.drawn[which];
    const ghost = this.together && which === 0;
    return { scene: this.together ? 1 : which, anchor, opacity: ghost ? GHOST : 1, center: centerAt(motion, this.clock.time), arrows: arrowsAt(motion, this.clock.time, this.view.size) };
  }

  geometry(which) {
    return (this.drawn[which]?.design.shapes ?? []).map((shape, i) => ({ ...robotOf(this.data, which).shapes[i], ...shape }));
  }
}

function line(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](x, y));
  pen.stroke();
}

function cross(pen, [x, y], r) {
  line(pen, [[x - r, y - r], [x + r, y + r]]);
  line(pen, [[x - r, y + r], [x + r, y - r]]);
}

function ring(pen, [x, y], r, full = false) {
  pen.beginPath();
  pen.arc(x, y, r, 0, 2 * Math.PI);
  full ? pen.fill() : pen.stroke();
}

function arrow(pen, [x, y], [u, v]) {
  const angle = Math.atan2(v - y, u - x);
  const head = Math.min(13, 0.6 * Math.hypot(u - x, v - y));
  const back = (turn) => [u - head * Math.cos(angle + turn), v - head * Math.sin(angle + turn)];
  line(pen, [[x, y], [u - 0.7 * head * Math.cos(angle), v - 0.7 * head * Math.sin(angle)]]);
  pen.beginPath();
  pen.moveTo(u, v);
  pen.lineTo(...back(0.42));
  pen.lineTo(...back(-0.42));
  pen.closePath();
  pen.fill();
}
