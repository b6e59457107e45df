// The robot's shapes as meshes; sizes as in the robot model (half lengths, radii, semi-axes).
import { BoxGeometry, CapsuleGeometry, CylinderGeometry, Group, Mesh, MeshBasicMaterial, MeshStandardMaterial, SphereGeometry, Vector3 } from "three";
import { ConvexGeometry } from "three/examples/jsm/geometries/ConvexGeometry.js";

const SOLIDS = {
  sphere: ([r]) => new SphereGeometry(r, 32, 20),
  capsule: ([r, half]) => new CapsuleGeometry(r, 2 * half, 12, 28).rotateX(Math.PI / 2),
  cylinder: ([r, half]) => new CylinderGeometry(r, r, 2 * half, 40).rotateX(Math.PI / 2),
  box: ([x, y, z]) => new BoxGeometry(2 * x, 2 * y, 2 * z),
  ellipsoid: ([x, y, z]) => new SphereGeometry(1, 32, 20).scale(x, y, z),
  hull: (size, points) => new ConvexGeometry(points.map((point) => new Vector3(...point.map((value, k) => value * size[k])))),
};

// Writes nothing but depth, before what shines through is drawn: of that only the nearest surface is seen.
const veil = (material) => new MeshBasicMaterial({ colorWrite: false, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: material.polygonOffsetUnits });
export const GHOST = 0.42; // opacity

export class Body {
  // `links` and `shapes` as in the data; `colors` one a link, the last for the world.
  constructor(links, shapes, colors) {
    this.group = new Group();
    this.shapes = shapes;
    this.links = links.map(() => new Group());
    const world = new Group();
    this.group.add(...this.links, world);
    this.meshes = shapes.map(({ link }) => {
      const color = colors[link < 0 ? links.length : link];
      // Where two links have a surface in common, the same one is seen in every picture.
      const mesh = new Mesh(undefined, new MeshStandardMaterial({ color, roughness: 0.62, metalness: 0.05, polygonOffset: true, polygonOffsetUnits: 4 * link }));
      mesh.castShadow = mesh.receiveShadow = true;
      (link < 0 ? world : this.links[link]).add(mesh);
      return mesh;
    });
  }

  // Let another body shine through; where both are at one place, the other is seen.
  ghost(on) {
    for (const mesh of this.meshes) {
      mesh.clear();
      mesh.castShadow = mesh.receiveShadow = !on;
      Object.assign(mesh.material, { transparent: on, opacity: on ? GHOST : 1, polygonOffsetFactor: on ? 1 : 0, needsUpdate: true });
      mesh.renderOrder = on ? -0.4 : 0;
      if (!on) continue;
      const before = new Mesh(mesh.geometry, veil(mesh.material));
      before.renderOrder = -0.5;
      mesh.add(before);
    }
  }

  paint(colors) {
    this.meshes.forEach((mesh, i) => {
      const { link } = this.shapes[i];
      mesh.material.color.set(colors[link < 0 ? colors.length - 1 : link]);
    });
  }

  // Sizes and places of all shapes; a solid is made again only when its size changed.
  shape(design) {
    this.meshes.forEach((mesh, i) => {
      const { size, position, quaternion } = design.shapes[i];
      const key = size.join();
      if (mesh.userData.key !== key) {
        mesh.geometry.dispose();
        mesh.geometry = SOLIDS[this.shapes[i].kind](size, this.shapes[i].points);
        mesh.userData = { key, size };
        mesh.children.forEach((child) => (child.geometry = mesh.geometry));
      }
      place(mesh, position, quaternion);
    });
  }

  pose(poses) {
    this.links.forEach((link, i) => place(link, poses[i].position, poses[i].quaternion));
  }
}

export function place(object, [x, y, z], [w, a, b, c]) {
  object.position.set(x, y, z);
  object.quaternion.set(a, b, c, w);
}
