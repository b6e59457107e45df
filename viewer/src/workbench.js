// The page of a robot alone: the view, the sliders beside it, and what the robot weighs.
import { Bench } from "./bench.js";
import { BenchView } from "./benchview.js";
import { unpack } from "./data.js";
import { element, find } from "./dom.js";
import { jointKnobs, parameterKnobs, presetButtons } from "./knobs.js";
import { massTable, totals } from "./masstable.js";
import { Stage } from "./stage.js";
import { fromRollPitchYaw } from "./turns.js";

const SECTIONS = ["transport", "motion", "optimization", "evidence", "origin"];

export function showWorkbench(data) {
  SECTIONS.forEach((id) => find(id).remove());
  find("head").append(element("h1", {}, data.name), data.description ? element("p", { class: "lead" }, data.description) : "");
  if (!data.recipe) return find("stage").remove(), find("result").remove(), null;
  const bench = new Bench(data);
  describe(data);
  const view = new BenchView(data, bench);
  const stage = new Stage(data, bench, view);
  find("head").append(element("p", { class: "summary quiet" }, summary(data.recipe)));
  const place = find("stage");
  place.classList.add("bench");
  place.append(stage.node, controls(data, bench));
  stage.node.append(totals(bench));
  find("result").append(element("h2", {}, "Mass and inertia"), ...massTable(data, bench));
  expose(data, bench, stage);
  return {
    state: () => ({ ...bench.state(), camera: stage.draws.look() }),
    restore: (state) => {
      bench.restore(state);
      stage.look(state.camera);
    },
  };
}

// The recipe's names and kinds as the view wants them.
function describe(data) {
  const { links, shapes, ground, terrain } = data.recipe;
  data.links = links.map(({ name, parent, joint, type }, i) =>
    ({ name, parent, joint, type, color: data.colors[i], turns: type === "hinge" || type === "slide" }));
  Object.assign(data, { shapes: shapes.map(({ name, link, kind, points }) => ({ name, link, kind, points })), ground, terrain: terrain && unpack(terrain), targets: [], camera: "oblique" });
}

function summary({ links, shapes, motors, parameters }) {
  const count = (many, word) => `${many} ${word}${many === 1 ? "" : "s"}`;
  const joints = links.filter(({ type }) => type !== "fixed").length;
  return `${count(links.length, "link")}, ${count(joints, "moving joint")}, ${count(shapes.length, "shape")}, ` +
    `${count(motors.length, "motor")}, ${count(parameters.length, "parameter")}.`;
}

function controls(data, bench) {
  const parameters = parameterKnobs(data, bench);
  const joints = jointKnobs(data, bench);
  const complaint = element("p", { class: "complaint", role: "status" });
  const back = element("button", { class: "plain", "data-reset": "parameters", onclick: () => bench.choose(bench.preset) }, "reset");
  const stand = element("button", { class: "plain", "data-reset": "joints", onclick: () => bench.stand() }, "reset");
  const show = () => {
    complaint.textContent = bench.complaint && `Not possible: ${bench.complaint}.`;
    complaint.hidden = !bench.complaint;
    back.hidden = !bench.changed;
    stand.hidden = bench.moved.plain.size + bench.moved.quaternions.size === 0;
  };
  bench.listen(show);
  show();
  const group = (title, button, nodes) => nodes.length ? element("section", { class: "knobs" }, element("h3", {}, title, button), nodes) : null;
  return element("aside", { class: "controls" }, presetButtons(bench), complaint,
    group("Parameters", back, parameters), group("Joints", stand, joints));
}

function expose(data, bench, stage) {
  const view = () => stage.draw();
  window.robodiff = {
    renderer: stage.draws.kind,
    size: stage.view.size,
    state: () => ({ held: Object.fromEntries(bench.held), values: Object.fromEntries(bench.robot.values), moved: Object.fromEntries(bench.moved.plain), preset: bench.presets[bench.preset].label, complaint: bench.complaint, switches: { ...bench.switches } }),
    hold: (name, value) => (bench.hold(name, value), view()),
    move: (name, value) => (bench.move(name, value), view()),
    turn: (joint, angles) => (bench.turn(joint, fromRollPitchYaw(angles)), view()),
    poses: () => (view(), stage.draws.poses(0)),
    geometry: () => (view(), stage.draws.geometry(0)),
    exact: () => ({ poses: bench.poses, shapes: bench.robot.shapes }),
    masses: () => bench.robot.masses,
    total: () => bench.total,
  };
}
