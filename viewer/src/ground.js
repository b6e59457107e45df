// A floor without an edge: a grid that fades into the background, and shadows on it.
import { Color, Group, Mesh, PlaneGeometry, ShaderMaterial, ShadowMaterial } from "three";
import { majorOf } from "./numbers.js";

const VERTEX = `
varying vec2 place;
void main() {
  place = position.xy;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = `
uniform vec2 offset; uniform float solid; uniform float major; uniform float cell; uniform float radius; uniform vec3 line; uniform vec3 floor_;
varying vec2 place;
float grid(vec2 p, float width) {
  vec2 slope = fwidth(p);
  vec2 near = abs(fract(p - 0.5) - 0.5) / max(slope, 1e-6);
  float on = 1.0 - smoothstep(width - 0.5, width + 0.5, min(near.x, near.y));
  return on * (1.0 - smoothstep(0.15, 0.6, max(slope.x, slope.y)));
}
void main() {
  vec2 p = (place + offset) / cell;
  float fade = 1.0 - smoothstep(0.25, 1.0, length(place) / radius);
  float strength = max(0.45 * grid(p, 0.6), 0.9 * grid(p / major, 0.8));
  gl_FragColor = vec4(mix(floor_, line, strength), fade * solid);
  #include <colorspace_fragment>
}`;

export class Ground {
  // `cell` and `radius` in metres, `level` the floor's height.
  constructor(cell, radius, level) {
    this.uniforms = {
      offset: { value: [0, 0] },
      solid: { value: 1 }, // less where a robot is below
      cell: { value: cell },
      major: { value: majorOf(cell) },
      radius: { value: radius },
      line: { value: new Color() },
      floor_: { value: new Color() },
    };
    const plane = new PlaneGeometry(2 * radius, 2 * radius);
    const look = { vertexShader: VERTEX, fragmentShader: FRAGMENT, transparent: true, depthWrite: false };
    const grid = new Mesh(plane, new ShaderMaterial({ uniforms: this.uniforms, ...look }));
    this.shadow = new Mesh(plane, new ShadowMaterial({ opacity: 0.2, depthWrite: false }));
    this.shadow.receiveShadow = true;
    grid.renderOrder = -2;
    this.shadow.renderOrder = -1;
    this.group = new Group();
    this.group.add(grid, this.shadow);
    this.group.position.z = level;
  }

  // The floor stays under the camera; its lines move.
  move([x, y]) {
    this.uniforms.offset.value = [x, y];
  }

  paint(line, floor, shadow) {
    this.uniforms.line.value.set(line);
    this.uniforms.floor_.value.set(floor);
    this.shadow.material.opacity = shadow;
  }
}
