// Where the links are: a posture holds plain coordinates and the quaternions of ball and free joints.
import { multiply, rotate } from "./data.js";
import { aboutAxis } from "./turns.js";

const ORIGIN = { position: [0, 0, 0], quaternion: [1, 0, 0, 0] };

// Poses of all links: [{position, quaternion}]. `moved` takes the place of the robot's start.
export function poses(recipe, robot, moved) {
  const plain = (name) => moved.plain.get(name) ?? robot.start.plain.get(name);
  const turn = (joint) => moved.quaternions.get(joint) ?? robot.start.quaternions.get(joint);
  const found = [];
  recipe.links.forEach((link, i) => {
    const parent = link.parent < 0 ? ORIGIN : found[link.parent];
    const tree = link.type === "free" ? { position: [0, 0, 0], rotation: [1, 0, 0, 0] } : robot.links[i];
    const { travel, quaternion } = across(link, robot.links[i].axis, link.coordinates.map(plain), turn(link.joint));
    const step = rotate(tree.rotation, travel).map((value, k) => value + tree.position[k]);
    found.push({
      position: rotate(parent.quaternion, step).map((value, k) => value + parent.position[k]),
      quaternion: multiply(multiply(parent.quaternion, tree.rotation), quaternion),
    });
  });
  return found;
}

// How a joint displaces and turns its link.
function across({ type }, axis, q, turn) {
  const still = [0, 0, 0];
  if (type === "hinge") return { travel: still, quaternion: aboutAxis(axis, q[0]) };
  if (type === "slide") return { travel: axis.map((value) => value * q[0]), quaternion: ORIGIN.quaternion };
  if (type === "planar") return { travel: [q[0], 0, q[1]], quaternion: aboutAxis([0, 1, 0], q[2]) };
  if (type === "free") return { travel: q, quaternion: turn };
  if (type === "ball") return { travel: still, quaternion: turn };
  return { travel: still, quaternion: ORIGIN.quaternion };
}
