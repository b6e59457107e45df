// What may be switched on over a robot: contact forces, joint axes, the centre of mass, targets.
import {
  BufferAttribute, BufferGeometry, ConeGeometry, CylinderGeometry, Group, Line, LineBasicMaterial, Mesh,
  MeshBasicMaterial, OctahedronGeometry, Quaternion, SphereGeometry, Vector3,
} from "three";
import { arrowsAt, centerAt, pairLinks, traced } from "./data.js";
import { place } from "./body.js";

const UP = new Vector3(0, 0, 1);

export class Marks {
  // `size` is about that of the robot [m].
  constructor(data, motion, size) {
    this.data = data;
    this.motion = motion;
    this.size = size;
    this.group = new Group();
    this.colors = { force: flat(), axis: flat(), com: flat(), target: flat() };
    const pushes = motion.contact_links.length + 2 * pairLinks(motion).length;
    this.arrows = Array.from({ length: pushes }, () => arrow(0.008 * size, this.colors.force));
    this.axes = data.links.map((link) => (link.turns ? rod(0.008 * size, 0.34 * size, this.colors.axis) : new Group()));
    this.trace = trace(motion.trace);
    this.com = new Mesh(new SphereGeometry(0.02 * size, 20, 14), this.colors.com);
    this.targets = data.targets.map(([x, y, z]) => {
      const mark = new Mesh(new OctahedronGeometry(0.022 * size), this.colors.target);
      mark.position.set(x, y, z);
      return mark;
    });
    this.group.add(...this.arrows, ...this.axes, this.trace, this.com, ...this.targets);
    this.group.traverse((mark) => (mark.renderOrder = 1));
  }

  paint(colors) {
    for (const [name, material] of Object.entries(this.colors)) material.color.set(colors[name]);
    this.trace.material.color.set(colors.com);
  }

  // As if seen through the robot that they belong to.
  fade(opacity) {
    for (const material of [...Object.values(this.colors), this.trace.material]) material.opacity = opacity;
  }

  // `moving` is false for a design that only stands.
  update(time, poses, axes, switches, moving) {
    this.shown = switches.forces && moving ? arrowsAt(this.motion, time, this.size) : [];
    this.arrows.forEach((mark, i) => push(mark, this.shown[i], 0.055 * this.size));
    this.axes.forEach((mark, i) => {
      mark.visible = switches.axes;
      if (!mark.isMesh) return;
      place(mark, poses[i].position, poses[i].quaternion);
      mark.quaternion.multiply(new Quaternion().setFromUnitVectors(UP, new Vector3(...axes[i]).normalize()));
    });
    this.trace.visible = this.com.visible = switches.trace && moving;
    this.trace.geometry.setDrawRange(0, traced(this.motion, time));
    this.com.position.set(...centerAt(this.motion, time));
  }
}

// Makes a mark the arrow `shown`, with a tip of `longest` at most; hides it where there is none.
function push(mark, shown, longest) {
  mark.visible = Boolean(shown);
  if (!shown) return;
  const way = new Vector3(...shown.way);
  const length = way.length();
  mark.position.set(...shown.point);
  mark.quaternion.setFromUnitVectors(UP, way.normalize());
  const [shaft, head] = mark.children;
  const tip = Math.min(longest, 0.6 * length);
  shaft.scale.set(1, 1, length - tip);
  head.scale.setScalar(tip);
  head.position.z = length - tip;
}

// Seen through the robot, which would hide most of them.
const flat = () => new MeshBasicMaterial({ depthTest: false, transparent: true });

function arrow(radius, material) {
  const shaft = new Mesh(new CylinderGeometry(radius, radius, 1, 12).rotateX(Math.PI / 2).translate(0, 0, 0.5), material);
  const head = new Mesh(new ConeGeometry(0.4, 1, 20).rotateX(Math.PI / 2).translate(0, 0, 0.5), material);
  const group = new Group();
  group.add(shaft, head);
  return group;
}

function rod(radius, length, material) {
  return new Mesh(new CylinderGeometry(radius, radius, length, 10).rotateX(Math.PI / 2), material);
}

function trace({ values }) {
  const geometry = new BufferGeometry().setAttribute("position", new BufferAttribute(values, 3));
  const line = new Line(geometry, new LineBasicMaterial({ depthTest: false, transparent: true }));
  line.frustumCulled = false;
  return line;
}
