// Hills: a surface through the points of the robot's ground, with lines over it, in the robot's own world.
import {
  BufferAttribute, BufferGeometry, Color, DoubleSide, Group, LineBasicMaterial, LineSegments, Mesh, MeshLambertMaterial,
} from "three";

export class Terrain {
  // `points` [rows, columns, 3] of the ground.
  constructor({ values, shape: [rows, columns] }) {
    const surface = new BufferGeometry();
    surface.setAttribute("position", new BufferAttribute(values, 3));
    surface.setIndex(triangles(rows, columns));
    surface.computeVertexNormals();
    const look = { side: DoubleSide, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 };
    this.mesh = new Mesh(surface, new MeshLambertMaterial(look));
    this.mesh.receiveShadow = true;
    const net = new BufferGeometry();
    net.setAttribute("position", surface.getAttribute("position"));
    net.setIndex(lines(rows, columns));
    this.lines = new LineSegments(net, new LineBasicMaterial({ transparent: true, opacity: 0.6 }));
    this.group = new Group();
    this.group.add(this.mesh, this.lines);
  }

  paint(line, floor) {
    this.mesh.material.color = new Color(floor).multiplyScalar(0.78);
    this.lines.material.color = new Color(line);
  }
}

function triangles(rows, columns) {
  const index = [];
  for (let i = 0; i + 1 < rows; i++)
    for (let j = 0; j + 1 < columns; j++) {
      const a = i * columns + j;
      index.push(a, a + 1, a + columns + 1, a, a + columns + 1, a + columns);
    }
  return index;
}

// Some twenty lines each way.
function lines(rows, columns) {
  const index = [];
  const every = (count) => Math.max(1, Math.round((count - 1) / 20));
  for (let i = 0; i < rows; i += every(rows))
    for (let j = 0; j + 1 < columns; j++) index.push(i * columns + j, i * columns + j + 1);
  for (let j = 0; j < columns; j += every(columns))
    for (let i = 0; i + 1 < rows; i++) index.push(i * columns + j, (i + 1) * columns + j);
  return index;
}

// Along x near y = 0: [x, 0, z] of each point, from left to right.
export function profile({ values, shape: [rows, columns] }) {
  const at = (i, j) => Array.from(values.subarray(3 * (i * columns + j), 3 * (i * columns + j) + 3));
  const off = (i) => Array.from({ length: columns }, (_, j) => Math.abs(at(i, j)[1])).reduce((a, b) => a + b, 0);
  const offsets = Array.from({ length: rows }, (_, i) => off(i));
  const row = offsets.indexOf(Math.min(...offsets));
  return Array.from({ length: columns }, (_, j) => at(row, j)).map(([x, , z]) => [x, 0, z]).sort((a, b) => a[0] - b[0]);
}

// Of the ground within [from, to] of x and y; everywhere without them.
export function lowest({ values }, from = [-Infinity, -Infinity], to = [Infinity, Infinity]) {
  let low = Infinity;
  const inside = (k) => [0, 1].every((axis) => values[k + axis] >= from[axis] && values[k + axis] <= to[axis]);
  for (let k = 0; k < values.length; k += 3) if (inside(k)) low = Math.min(low, values[k + 2]);
  return low;
}
