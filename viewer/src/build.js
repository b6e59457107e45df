// A robot from its recipe at any parameter values, as `robodiff.robot.build_model` makes it.
import { evaluate, settle } from "./formula.js";
import { body, solid, turnedMoments, union } from "./masses.js";
import { fromDirection, fromRow, unit } from "./turns.js";

// `held`: Map of the parameters that are not as the file says. Throws where there is no such robot.
export function build(recipe, held) {
  const values = settle(recipe.parameters, held);
  const read = (formula) => evaluate(formula, values);
  const row = (formulas) => formulas.map(read);
  const links = recipe.links.map((link) => makeLink(link, read, row));
  const shapes = recipe.shapes.map((shape) => makeShape(shape, row));
  const masses = makeMasses(recipe, links, shapes, read, row);
  const robot = { values, links, shapes, masses, start: startOf(recipe, read, row) };
  check(recipe, robot);
  return robot;
}

function makeLink({ position, rotation, axis, limits }, read, row) {
  return { position: row(position), rotation: fromRow(row(rotation)), axis: unit(row(axis)), limits: limits && limits.map(read) };
}

// Rods given by their ends get the rest from them.
function makeShape({ size, center, rotation, ends }, row) {
  if (!ends) return { size: row(size), position: row(center), quaternion: fromRow(row(rotation)) };
  const [from, to] = ends.map(row);
  const along = to.map((value, k) => value - from[k]);
  return {
    size: [row(size)[0], 0.5 * Math.hypot(...along), 0],
    position: from.map((value, k) => 0.5 * (value + to[k])),
    quaternion: fromDirection(along),
  };
}

// One body a link: its shapes or what the file gives, and the motors that it carries.
function makeMasses(recipe, links, shapes, read, row) {
  const solids = shapes.map(({ size }, i) => solid(recipe.shapes[i].kind, size));
  const density = recipe.shapes.map(({ density, mass }, i) => (mass === null ? read(density) : read(mass) / solids[i].volume));
  return recipe.links.map((link, index) => {
    const own = recipe.shapes.flatMap((shape, i) => (shape.link === index ? [i] : []));
    const total = own.reduce((sum, i) => sum + density[i] * solids[i].volume, 0);
    const scale = link.mass === null ? 1 : read(link.mass) / total;
    const parts = link.inertial
      ? [given(link.inertial, read, row)]
      : own.map((i) => {
        const rho = scale * density[i];
        const { position, quaternion } = shapes[i];
        return body(rho * solids[i].volume, position, turnedMoments(solids[i].moments.map((m) => rho * m), quaternion));
      });
    const motors = recipe.motors.filter(({ carrier }) => carrier === index);
    return union([...parts, ...motors.map((motor) => body(read(motor.mass), links[motor.link].position))]);
  });
}

function given({ mass, center, inertia }, read, row) {
  const [xx, yy, zz, xy, xz, yz] = row(inertia);
  return body(read(mass), row(center), [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]);
}

// Plain coordinates by name, and the quaternions of ball and free joints.
function startOf({ links, start, turns }, read, row) {
  const plain = new Map();
  const quaternions = new Map();
  for (const { joint, type, coordinates } of links) {
    for (const name of coordinates) plain.set(name, Object.hasOwn(start, name) ? read(start[name]) : 0);
    if (type === "ball" || type === "free") quaternions.set(joint, Object.hasOwn(turns, joint) ? fromRow(row(turns[joint])) : [1, 0, 0, 0]);
  }
  return { plain, quaternions };
}

const COUNT = { sphere: 1, capsule: 2, cylinder: 2, box: 3, ellipsoid: 3, hull: 0 };

function check(recipe, { values, links, shapes, masses, start }) {
  const fine = (numbers) => numbers.every(Number.isFinite);
  const refuse = (what) => {
    throw new Error(what);
  };
  for (const [name, value] of values) if (!Number.isFinite(value)) refuse(`${name} has no finite value`);
  for (const [name, value] of start.plain) if (!Number.isFinite(value)) refuse(`the start of ${name} has no finite value`);
  links.forEach(({ position, rotation, axis }, i) => fine([...position, ...rotation, ...axis]) || refuse(`link ${recipe.links[i].name} has no finite place`));
  shapes.forEach(({ size, position, quaternion }, i) => {
    const { name, kind } = recipe.shapes[i];
    if (!fine([...size, ...position, ...quaternion])) refuse(`shape ${name} has no finite size or place`);
    if (!size.slice(0, COUNT[kind]).every((value) => value > 0)) refuse(`shape ${name} would have no size`);
  });
  masses.forEach(({ mass, center, inertia }, i) => (fine([mass, ...center, ...inertia.flat()]) && mass >= 0) || refuse(`link ${recipe.links[i].name} would have no mass`));
}
