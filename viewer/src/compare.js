// The page of several runs: any two of them beside each other under one clock, and the numbers of all.
import { makeClock } from "./clock.js";
import { curve, wantsLog } from "./curves.js";
import { prepare } from "./data.js";
import { element, find } from "./dom.js";
import { motionPlots } from "./plots.js";
import { Stage } from "./stage.js";
import { costTable, designs, finalLoss, metrics } from "./comparetables.js";
import { transport } from "./transport.js";
import { scroll } from "./words.js";

export function showComparison(data) {
  data.runs.forEach(prepare);
  const shown = { robots: [data.runs[0], data.runs[1]] };
  Object.assign(shown, { runs: data.runs, designs: { iteration: [0] }, iterations: 0, result: { design: {} } });
  const update = () => pair(shown);
  update();
  const clock = makeClock(shown);
  let stage = new Stage(shown, clock);
  find("head").append(...header(data));
  find("stage").append(chooser(shown, choose), stage.node);
  find("transport").append(transport(shown, clock));
  section("result", "Results", [costTable(data), metrics(data), designs(data)].filter(Boolean).map(scroll));
  section("optimization", "Loss", losses(data));
  showMotion();
  section("origin", "How to make them again", data.runs.filter((run) => run.command).map(command));
  find("evidence").remove();
  expose();

  function choose(side, index) {
    shown.robots[side] = data.runs[index];
    update();
    const old = stage;
    stage = new Stage(shown, clock);
    old.node.replaceWith(stage.node);
    old.close();
    clock.setTime(clock.time);
    stage.draw();
    showMotion();
  }

  // Curves of both, where the robots have the same joints.
  function showMotion() {
    const [a, b] = shown.robots;
    const same = (key) => JSON.stringify(a[key].map(({ name }) => name)) === JSON.stringify(b[key].map(({ name }) => name));
    const plots = same("coordinates") && same("actuators") && same("links");
    find("motion").replaceChildren(element("h2", {}, "Motion"), plots ? legend(a, b) : "", plots ? motionPlots(shown, clock) :
      element("p", { class: "note quiet" }, "These two robots have different joints, so their curves are not drawn together."));
  }

  function expose() {
    const view = () => stage.draw();
    window.robodiff = {
      renderer: stage.draws.kind,
      duration: shown.duration,
      frames: (which) => Array.from(shown.motions[which].time.values),
      state: () => ({ time: clock.time, playing: clock.playing, switches: { ...clock.switches }, shown: shown.robots.map((run) => data.runs.indexOf(run)) }),
      setTime: (time) => (clock.setTime(time), view()),
      flip: (name) => (clock.flip(name), view()),
      poses: (which) => stage.draws.poses(which),
      geometry: (which) => stage.draws.geometry(which),
      placed: (which) => stage.draws.placed(which),
    };
  }
}

// What two runs look like to the view: `shown.robots` has the two.
function pair(shown) {
  const [a, b] = shown.robots;
  const { links, shapes, ground, terrain, coordinates, actuators } = a;
  Object.assign(shown, { links, shapes, coordinates, actuators, ground: ground && b.ground, terrain, targets: [...a.targets, ...b.targets] });
  shown.camera = a.camera === b.camera ? a.camera : "oblique";
  shown.motions = [a.motion, b.motion];
  shown.captions = [a.label, b.label];
  shown.duration = Math.max(...shown.runs.map((run) => run.motion.time.values.at(-1)));
}

function header({ name, runs }) {
  const same = new Set(runs.map((run) => run.name)).size === 1;
  const best = runs.reduce((a, b) => (finalLoss(b) < finalLoss(a) ? b : a));
  const verdict = same ? ["The lowest loss is that of ", element("b", {}, best.label), "."] : ["They are of different experiments, whose losses do not compare."];
  return [element("h1", {}, name), element("p", { class: "summary" }, `${runs.length} runs beside each other. `, ...verdict)];
}

function chooser(shown, choose) {
  const side = (index, text) => {
    const select = element("select", { id: `run-${index}`, "aria-label": text, onchange: () => choose(index, Number(select.value)) },
      shown.runs.map((run, i) => element("option", { value: i, selected: i === index }, run.label)));
    return element("label", {}, element("span", { class: "quiet" }, text), select);
  };
  return element("div", { class: "chooser" }, side(0, "left"), side(1, "right"));
}

function losses({ runs }) {
  const key = element("p", { class: "note legend" }, runs.map((run) =>
    element("span", {}, element("i", { class: "key", style: `border-color:${run.color};border-top-style:${run.dashed ? "dashed" : "solid"}` }), run.label)));
  const costs = [
    ["best loss over iterations", "", ({ history }) => history.best.values.map((_, i) => i + 1)],
    ["best loss over simulations", "", ({ history }) => history.simulations.values],
    ["best loss over wall time, compiling included", "s", ({ history }) => history.seconds.values],
    ["best loss over computing time", "s", ({ history }) => history.computing.values],
  ];
  const plots = costs.map(([title, unit, cost]) => {
    const lines = runs.map((run) => ({ x: cost(run), y: run.history.best.values, color: run.color, dashed: run.dashed }));
    const most = Math.max(...lines.map(({ x }) => x.at(-1) ?? 0));
    const node = curve({ title, lines, span: [0, most], log: wantsLog(lines), pick: () => {} }).node;
    node.classList.add("still");
    node.append(element("div", { class: "xs" }, element("span", {}, "0"), element("span", {}, `${Number(most.toPrecision(3))} ${unit}`)));
    return node;
  });
  return [key, element("div", { class: "grid two" }, plots)];
}

function legend(a, b) {
  const key = (name, text) => element("span", {}, element("i", { class: `key ${name}` }), text);
  return element("p", { class: "note legend" }, key("before", a.label), key("after", b.label), key("limit", "limit of the right one"));
}

function command(run) {
  return element("p", { class: "command" }, element("span", { class: "quiet" }, run.label), element("code", {}, run.command));
}

function section(id, title, nodes) {
  const content = nodes.filter(Boolean);
  if (content.length) find(id).append(element("h2", {}, title), ...content);
  else find(id).remove();
}
