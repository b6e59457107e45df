// The 3-D view: two scenes, one camera, one canvas. The world moves, the camera is the reader's.
import {
  Color, DirectionalLight, Group, HemisphereLight, MOUSE, PCFSoftShadowMap, PerspectiveCamera, Scene, Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { Body, GHOST } from "./body.js";
import { Ground } from "./ground.js";
import { robotOf } from "./data.js";
import { Marks } from "./marks.js";
import { roundStep } from "./numbers.js";
import { Terrain } from "./terrain.js";

export class Scene3D {
  // Throws where there is no WebGL.
  constructor(canvas, data, view, palette) {
    this.kind = "webgl";
    Object.assign(this, { canvas, data, view });
    // Asked beforehand, for three.js writes an error into the console.
    if (!document.createElement("canvas").getContext("webgl2")) throw new Error("the browser has none");
    this.renderer = new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFSoftShadowMap;
    this.renderer.setScissorTest(true);
    this.cell = roundStep(view.size, 10);
    this.panels = data.motions.map((motion, i) => this.panel(robotOf(data, i), motion, palette));
    this.camera = new PerspectiveCamera(26, 1, 0.01 * view.size, 60 * view.size);
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, canvas);
    canvas.style.touchAction = "pan-y"; // a finger that goes up and down scrolls the page
    this.controls.minDistance = 0.3 * view.size;
    if (data.ground) this.controls.maxPolarAngle = 0.5 * Math.PI;
    this.controls.maxDistance = 25 * view.size;
    this.controls.mouseButtons = { LEFT: MOUSE.ROTATE, MIDDLE: MOUSE.PAN, RIGHT: MOUSE.PAN };
    this.controls.addEventListener("start", () => (this.touched = true));
    this.paint(palette);
  }

  onMove(listener) {
    this.controls.addEventListener("change", listener);
  }

  panel(robot, motion, palette) {
    const { view } = this;
    const scene = new Scene();
    const world = new Group();
    const body = new Body(robot.links, robot.shapes, palette.linksOf(robot));
    const marks = new Marks(robot, motion, view.size);
    const ground = new Ground(this.cell, 14 * view.size, view.floor);
    const sky = new HemisphereLight(0xffffff, 0xffffff, 1.5);
    const sun = sunlight(view.size);
    world.add(body.group, marks.group);
    scene.add(world, ground.group, sky, sun, sun.target);
    const hills = robot.terrain ? new Terrain(robot.terrain) : null;
    if (hills) world.add(hills.group);
    ground.group.visible = !hills;
    return { robot, scene, world, body, marks, ground, hills, sky, sun };
  }

  paint(palette) {
    for (const { robot, scene, body, marks, ground, hills, sky, sun } of this.panels) {
      scene.background = new Color(palette.stage);
      body.paint(palette.linksOf(robot));
      marks.paint(palette);
      ground.paint(palette.grid, palette.floor, palette.shadow);
      hills?.paint(palette.grid, palette.floor);
      sky.color.set(palette.sky);
      sky.groundColor.set(palette.bounce);
      [sky.intensity, sun.intensity] = [palette.skyLight, palette.sunLight];
    }
  }

  // Look so that everything is in the picture, from a little aside and above.
  frame(clock, panels) {
    const { low, high } = this.view.box(clock);
    const middle = low.map((value, k) => (value + high[k]) / 2);
    const direction = new Vector3(...(this.data.camera === "top" ? [0.05, -0.5, 1] : [0.3, -1, 0.15])).normalize();
    const { width, height } = panels[0];
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.controls.target.set(...middle);
    const up = Math.tan((this.camera.fov * Math.PI) / 360);
    let distance = 0;
    const right = new Vector3().crossVectors(direction, this.camera.up).normalize();
    const top = new Vector3().crossVectors(right, direction).normalize();
    for (let corner = 0; corner < 8; corner++) {
      const offset = new Vector3(...low.map((value, k) => ((corner >> k) & 1 ? high[k] : value) - middle[k]));
      const near = offset.dot(direction);
      const wide = Math.abs(offset.dot(right)) / (up * this.camera.aspect);
      distance = Math.max(distance, near + 1.12 * Math.max(wide, Math.abs(offset.dot(top)) / up));
    }
    this.camera.position.copy(this.controls.target).addScaledVector(direction, distance);
    this.controls.update();
    this.touched = false;
  }

  // From where the reader looks; null where nobody moved the camera.
  look() {
    return this.touched ? { from: this.camera.position.toArray(), at: this.controls.target.toArray() } : null;
  }

  lookFrom({ from, at }) {
    this.camera.position.set(...from);
    this.controls.target.set(...at);
    this.controls.update();
    this.touched = true;
  }

  // `panels`: where on the canvas each robot is drawn [px], from the top left.
  draw(clock, robots, panels) {
    const { width, height } = this.canvas.parentElement.getBoundingClientRect();
    this.renderer.setPixelRatio(this.light ? 1 : Math.min(devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = panels[0].width / panels[0].height;
    this.camera.updateProjectionMatrix();
    this.overlay(panels.length < robots.length);
    robots.forEach((robot, i) => this.place(clock, robot, this.panels[i]));
    this.panels.slice(-panels.length).forEach(({ scene }, i) => {
      const { left, top, width: w, height: h } = panels[i];
      this.renderer.setViewport(left, height - top - h, w, h);
      this.renderer.setScissor(left, height - top - h, w, h);
      this.renderer.render(scene, this.camera);
    });
  }

  place(clock, robot, { world, body, marks, ground }) {
    const [x, y] = robot.anchor;
    body.shape(robot.design);
    body.pose(robot.poses);
    marks.update(clock.time, robot.poses, robot.design.axes, clock.switches, robot.moving);
    world.position.set(-x, -y, 0);
    ground.move(robot.anchor);
    ground.uniforms.solid.value = this.view.sunk ? 0.35 : 1;
  }

  // The first robot in the scene of the second, shining through, or each in its own.
  overlay(on) {
    if (on === (this.overlaid ?? false)) return;
    this.overlaid = on;
    const [{ scene, world, body, marks, hills }, other] = this.panels;
    (on ? other.scene : scene).add(world);
    if (hills) hills.group.visible = !on; // the other's are there
    body.ghost(on);
    marks.fade(on ? GHOST : 1);
  }

  // For machines without a graphics card.
  lighten() {
    this.light = true;
    for (const { sun } of this.panels) sun.castShadow = false;
  }

  // World point of a robot -> pixels in its panel, null behind the camera.
  project(point, anchor, panel) {
    const seen = new Vector3(point[0] - anchor[0], point[1] - anchor[1], point[2]).project(this.camera);
    if (seen.z > 1) return null;
    return [panel.left + ((seen.x + 1) / 2) * panel.width, panel.top + ((1 - seen.y) / 2) * panel.height];
  }

  // Gives the browser its drawing context back.
  close() {
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  // What is drawn, from the drawn objects themselves.
  poses(which) {
    return this.panels[which].body.links.map((link, i) => ({
      name: this.panels[which].robot.links[i].name,
      position: link.position.toArray(),
      quaternion: [link.quaternion.w, link.quaternion.x, link.quaternion.y, link.quaternion.z],
    }));
  }

  // Which scene a robot is in, what that scene's origin is to it, how solid it is, its centre of mass.
  placed(which) {
    const { world, body, marks } = this.panels[which];
    const [x, y] = world.position.toArray();
    return {
      scene: this.panels.findIndex(({ scene }) => scene === world.parent), anchor: [-x, -y],
      opacity: body.meshes[0]?.material.opacity, center: marks.com.position.toArray(), arrows: marks.shown,
    };
  }

  geometry(which) {
    return this.panels[which].body.meshes.map((mesh, i) => ({
      ...this.panels[which].robot.shapes[i],
      size: mesh.userData.size,
      position: mesh.position.toArray(),
    }));
  }
}

function sunlight(size) {
  const sun = new DirectionalLight(0xffffff, 2);
  sun.position.set(-0.8 * size, -1.1 * size, 3.4 * size);
  sun.castShadow = true;
  sun.shadow.mapSize.set(2048, 2048);
  sun.shadow.radius = 5;
  sun.shadow.bias = -0.0004;
  sun.shadow.normalBias = 0.01 * size;
  Object.assign(sun.shadow.camera, { left: -2 * size, right: 2 * size, top: 2 * size, bottom: -2 * size, near: 0.1 * size, far: 8 * size });
  return sun;
}
