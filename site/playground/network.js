/** The lower part of the page: a network that learns two moons, and the pass of one point through it. */

import { h, s, write } from "./player/picture.js";
import { formatNumber } from "./player/story.js";
import { LIMITS } from "./state.js";
import { createStepper } from "./stepper.js";

const STEPS = 4; // of descent between two pictures
const CELL = 20; // pixels of the picture for one of the field

/**
 * @param {import("./state.js").State} state
 * @param {any} engine
 * @param {{ changed: () => void, themed: (theme: string) => void }} told
 */
export function createNetwork(state, engine, told) {
  const find = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
  const [hidden, op, rate, seed] = ["hidden", "net-op", "rate", "seed"].map(find);
  const [run, once, reset, point, inside] = ["run", "once", "reset", "point", "inside"].map(find);
  const [plane, learned, losses, pass] = ["plane", "learned", "losses", "pass"].map(find);
  const stepper = createStepper(pass, { moved() {}, themed: told.themed });
  let running = false;
  let era = 0; // of the network: what an earlier one still answers is not heard
  let points = /** @type {number[][]} */ ([]);
  let ranges = /** @type {number[][]} */ ([]);
  let last = /** @type {any} */ (null);
  let history = /** @type {number[]} */ ([]);

  /** A network as the state has it. */
  async function begin() {
    stop();
    era++;
    const { hidden: neurons, activation, rate: lr, seed: chance, weights, steps } = state.network;
    [hidden.value, op.value, rate.value, seed.value] = [neurons, activation, lr, chance];
    const found = await ask("network", { hidden: neurons, activation, rate: lr, seed: chance, weights });
    if (!found) return;
    [points, ranges] = [found.points, found.plane];
    point.value = `${Math.max(0, found.right.indexOf(false)) + 1}`; // one that has something to pass back
    history = [];
    show(found, steps);
  }

  /** The answer to a question; null if it is refused, which is said. */
  async function ask(/** @type {string} */ about, /** @type {object} */ facts) {
    const [mine, chosen] = [era, state.network];
    plane.setAttribute("aria-busy", "true");
    const found = await engine.ask(about, facts);
    if (mine !== era || chosen !== state.network) return null;
    plane.removeAttribute("aria-busy");
    if (!found.refused && !found.broken) return found;
    stop();
    write(learned, found.refused ? `${found.refused}.` : "The weights are no longer finite: reset, with a smaller rate.");
    return null;
  }

  async function train(/** @type {number} */ steps) {
    const found = await ask("train", { steps });
    if (found) show(found, state.network.steps + steps);
  }

  /** @param {any} found what the engine answered */
  function show(found, /** @type {number} */ steps) {
    last = found;
    state.network.steps = steps;
    state.network.weights = found.weights;
    history.push(found.loss);
    const right = found.right.filter(Boolean).length;
    write(learned, `Step ${steps}: loss ${found.text}, ${right} of ${points.length} points right.`);
    losses.replaceChildren(drawnLosses(history));
    draw();
    told.changed();
  }

  async function play() {
    running = true;
    write(run, "Stop");
    while (running) {
      await train(STEPS);
      await new Promise(requestAnimationFrame); // and none while the page is hidden
    }
  }

  function stop() {
    running = false;
    write(run, "Start");
  }

  // ---- the picture

  function draw() {
    if (!last) return;
    const [[left, right, across], [low, high, up]] = ranges;
    const [width, height] = [across * CELL, up * CELL];
    const x = (/** @type {number} */ at) => ((at - left) / (right - left)) * (width - CELL) + CELL / 2;
    const y = (/** @type {number} */ at) => height - CELL / 2 - ((at - low) / (high - low)) * (height - CELL);
    const marks = points.map(([px, py, label], i) => {
      const look = `moon ${label > 0 ? "plus" : "minus"}${i === Number(point.value) - 1 ? " chosen" : ""}`;
      const [cx, cy] = [x(px), y(py)];
      const mark =
        label > 0 ? s("circle", { class: look, cx, cy, r: 8 }) : s("path", { class: look, d: `M${cx - 7} ${cy - 7}h14v14h-14z` });
      mark.dataset.point = `${i}`;
      return mark;
    });
    marks.push(...marks.splice(Number(point.value) - 1, 1)); // the chosen one last, in front of its neighbours
    const place = (/** @type {number} */ i, /** @type {number} */ j) => [i * CELL + CELL / 2, height - CELL / 2 - j * CELL];
    const words = `Which side of the border each place is on; ${last.right.filter(Boolean).length} of ${points.length} points are right`;
    plane.replaceChildren(
      drawnField(last.field, getComputedStyle(plane)),
      s(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words },
        s("path", { class: "border", d: border(last.field, place) }),
        ...marks,
      ),
    );
  }

  function choose(/** @type {number} */ i) {
    point.value = `${i + 1}`;
    draw();
  }

  async function look() {
    stop();
    const found = await ask("inside", { point: Number(point.value) - 1 });
    if (!found) return;
    stepper.show(found.story, 0, state.theme);
    pass.scrollIntoView({ block: "nearest" });
  }

  // ---- who is heard

  for (const [field, name] of [
    [hidden, "hidden"],
    [rate, "rate"],
    [seed, "seed"],
    [op, "activation"],
  ]) {
    field.addEventListener("change", () => {
      const value = name === "activation" ? field.value : field.valueAsNumber;
      const [least, most] = LIMITS[name] ?? [];
      const fits = name === "activation" || (value >= least && value <= most && (name === "rate" || Number.isInteger(value)));
      field.toggleAttribute("aria-invalid", !fits);
      if (!fits) return write(learned, `${name} is a number from ${least} to ${most}.`);
      // Another rate goes on with the same weights; anything else is another network.
      const kept = name === "rate" ? {} : { steps: 0, weights: null };
      Object.assign(state.network, { [name]: value, ...kept });
      return begin();
    });
  }
  run.addEventListener("click", () => (running ? stop() : play()));
  once.addEventListener("click", () => {
    stop();
    train(1);
  });
  reset.addEventListener("click", () => {
    Object.assign(state.network, { steps: 0, weights: null });
    begin();
  });
  inside.addEventListener("click", look);
  point.addEventListener("input", draw);
  plane.addEventListener("click", ({ target }) => {
    if (target.dataset.point) choose(Number(target.dataset.point));
  });

  return { begin, draw, stepper, op };
}

/** A colour for each place: the hue is the sign of its score, the strength its size. */
function drawnField(/** @type {number[][]} */ field, /** @type {CSSStyleDeclaration} */ style) {
  const canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { width: field[0].length, height: field.length }));
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const stops = ["ground", "p1", "p2", "n1", "n2"].map((name) => rgb(style.getPropertyValue(`--${name}`)));
  const image = pen.createImageData(canvas.width, canvas.height);
  field.forEach((row, j) =>
    row.forEach((score, i) => {
      const size = 2 * Math.tanh(Math.abs(score));
      const [ground, p1, p2, n1, n2] = stops;
      const [from, to] = size < 1 ? [ground, score > 0 ? p1 : n1] : score > 0 ? [p1, p2] : [n1, n2];
      const mix = size < 1 ? size : size - 1;
      const at = 4 * ((field.length - 1 - j) * row.length + i);
      for (let k = 0; k < 3; k++) image.data[at + k] = from[k] + (to[k] - from[k]) * mix;
      image.data[at + 3] = 255;
    }),
  );
  pen.putImageData(image, 0, 0);
  return canvas;
}

function rgb(/** @type {string} */ colour) {
  return [1, 3, 5].map((i) => parseInt(colour.trim().slice(i, i + 2), 16));
}

/**
 * Where the score is 0, as a path: in each cell the line between the points of its edges where the sign changes.
 * @param {number[][]} field
 * @param {(i: number, j: number) => number[]} place
 */
export function border(field, place) {
  const parts = [];
  for (let j = 0; j + 1 < field.length; j++) {
    for (let i = 0; i + 1 < field[j].length; i++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const crossings = corners.flatMap(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4];
        const [here, there] = [field[b][a], field[d][c]];
        if (here > 0 === there > 0) return [];
        const t = here / (here - there);
        return [place(a + (c - a) * t, b + (d - b) * t)];
      });
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const [[x1, y1], [x2, y2]] = [crossings[k], crossings[k + 1]];
        parts.push(`M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`);
      }
    }
  }
  return parts.join("");
}

/** The loss after each picture, from 0 to the largest. */
function drawnLosses(/** @type {number[]} */ history) {
  const most = Math.max(...history);
  const [width, height] = [320, 70];
  const x = (/** @type {number} */ i) => (history.length > 1 ? (i / (history.length - 1)) * (width - 8) + 4 : 4);
  const y = (/** @type {number} */ loss) => height - 4 - (loss / (most || 1)) * (height - 20);
  const d = history.map((loss, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
  const now = history[history.length - 1];
  return s(
    "svg",
    { class: "losses", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `The loss went from ${formatNumber(history[0])} to ${formatNumber(now)}` },
    s("path", { class: "axis", d: `M4 ${height - 4}H${width - 4}` }),
    s("text", { x: 4, y: 11 }, `loss, from 0 to ${formatNumber(most, false, 3)}`),
    s("path", { class: "value", d }),
    s("circle", { class: "point", cx: x(history.length - 1), cy: y(now), r: 4 }),
  );
}
