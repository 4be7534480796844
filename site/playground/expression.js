/** The upper part of the page: an expression, its numbers, its activation, and the stepper of its graph. */

import { latest } from "./engine.js";
import { described, drawnCurve } from "./curve.js";
import { h, tint, write } from "./player/picture.js";
import { heatOf } from "./player/story.js";
import { table } from "./state.js";
import { createStepper } from "./stepper.js";

const EXAMPLES = /** @type {[string, string, Record<string, number>][]} */ ([
  ["a neuron", "n = w*x + b; h = tanh(n)", { w: 2, x: 0.5, b: -1.5 }],
  ["a neuron and its error", "n = w*x + b; h = tanh(n); L = (h - y)**2", { w: 2, x: 0.5, b: -1.5, y: 1 }],
  ["a product and a sum", "a*b + c", { a: 2, b: -3, c: 10 }],
  ["used twice: gradients add up", "d = a*b; e = a + b; d*e", { a: 2, b: 3 }],
  ["a saturated sigmoid", "p = sigmoid(w*x); L = -log(p)", { w: -4, x: 1.5 }],
  ["a dead ReLU", "h = relu(w*x + b); v*h", { w: 1, x: 0.5, b: -1, v: 3 }],
  ["a kink moved aside", "leaky_relu(x, slope) * c", { x: -2, slope: 0.1, c: 1.5 }],
  ["nought times infinity", "L = 0 * log(x)", { x: 0 }],
]);
const REACH = 5; // of a slider, on both sides of 0

/**
 * @param {import("./state.js").State} state
 * @param {any} engine
 * @param {{ changed: () => void, themed: (theme: string) => void }} told
 */
export function createExpression(state, engine, told) {
  const find = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
  const [text, example, refused, leaves] = ["text", "example", "refused", "leaves"].map(find);
  const [place, op, curve, words] = ["place", "op", "curve", "told"].map(find);
  const activation = find("activation");
  const bench = /** @type {HTMLElement} */ (document.querySelector(".bench"));
  const rows = new Map();
  const known = new Map(); // the numbers of names that were here, which may come back with the next letter
  const stepper = createStepper(find("stepper"), {
    moved(position, end) {
      state.position = position === end ? null : position;
      told.changed();
    },
    themed: told.themed,
  });

  /** Everything that the state says, before anything is computed. */
  function begin() {
    text.value = state.expression;
    known.clear();
    return update();
  }

  const update = latest(async () => {
    const { expression, numbers, place: at } = state;
    const shown = EXAMPLES.findIndex(([, text]) => text === expression);
    example.value = shown < 0 ? "" : `${shown}`;
    for (const name in numbers) known.set(name, numbers[name]);
    bench.setAttribute("aria-busy", "true");
    const found = await engine.ask("expression", { text: expression, numbers: table([...known]), place: at });
    write(refused, found.refused ? `${found.refused}.` : "");
    text.toggleAttribute("aria-invalid", Boolean(found.refused));
    bench.toggleAttribute("inert", Boolean(found.refused)); // what it shows belongs to another expression
    if (!found.refused && state.expression === expression && state.place === at) show(found);
    bench.removeAttribute("aria-busy");
    told.changed();
  });

  /** @param {any} found what the engine answered */
  function show(found) {
    state.numbers = table(found.leaves.map(({ name, number }) => [name, state.numbers[name] ?? number]));
    state.place = found.curve?.place ?? 0;
    const names = found.leaves.map(({ name }) => name);
    if (names.join() !== [...rows.keys()].join()) {
      rows.clear();
      for (const name of names) rows.set(name, createRow(name));
      leaves.replaceChildren(...[...rows.values()].map(({ element }) => element));
    }
    const full = Math.max(...found.leaves.map(({ gradient }) => Math.abs(gradient?.number ?? 0)));
    for (const leaf of found.leaves) rows.get(leaf.name).show(state.numbers[leaf.name], leaf.gradient, full);
    if (!found.leaves.length) leaves.textContent = "none";
    stepper.show(found.story, state.position, state.theme);
    showCurve(found);
  }

  /** A name with its slider, its number, its gradient. */
  function createRow(name) {
    const slider = h("input", { type: "range", min: -REACH, max: REACH, step: 0.05, "aria-label": name });
    const number = h("input", { type: "number", step: "any", "aria-label": `${name}, exactly` });
    const gradient = h("output", { class: "gradient", "aria-label": `gradient of ${name}` });
    const set = (source) => {
      const x = source.valueAsNumber;
      const fits = Math.abs(x) <= 1e12; // as for a link; neither an empty field nor 1e999
      number.toggleAttribute("aria-invalid", !fits);
      if (!fits) return;
      state.numbers[name] = x;
      if (source === slider) number.value = `${x}`;
      else slider.value = `${x}`;
      update();
    };
    for (const source of [slider, number]) source.addEventListener("input", () => set(source));
    return {
      element: h("div", { class: "row" }, h("b", {}, name), slider, number, gradient),
      show(x, found, full) {
        if (document.activeElement !== number) number.value = `${x}`;
        slider.value = `${x}`;
        write(gradient, found?.text ?? "not used");
        tint(gradient, heatOf({ full: full || 1, name: "linear", linear: 0.001 }, found?.number));
      },
    };
  }

  function showCurve({ places, curve: found }) {
    place.replaceChildren(...places.map(({ place, text }) => h("option", { value: place }, text)));
    for (const part of activation.querySelectorAll(".choices, .note")) part.toggleAttribute("hidden", !found);
    if (!found) {
      curve.replaceChildren();
      return write(words, "There is none in this expression: write tanh(…), relu(…) or another one around a step.");
    }
    place.value = `${found.place}`;
    if (!op.options.length) op.append(h("option", { value: found.op }, found.op));
    op.value = found.op;
    curve.replaceChildren(drawnCurve(found));
    write(words, `${described(found)}.`);
  }

  text.addEventListener("input", () => {
    state.expression = text.value;
    state.position = null;
    state.place = 0;
    update();
  });
  place.addEventListener("change", () => {
    state.place = Number(place.value);
    update();
  });
  op.addEventListener("change", async () => {
    const found = await engine.ask("swap", { text: state.expression, place: state.place, op: op.value });
    if (found.refused) return write(refused, `${found.refused}.`);
    state.expression = text.value = found.text;
    return update();
  });
  example.append(h("option", { value: "" }, "an example …"), ...EXAMPLES.map(([title], i) => h("option", { value: i }, title)));
  example.addEventListener("change", () => {
    if (!example.value) return;
    const [, expression, numbers] = EXAMPLES[Number(example.value)];
    Object.assign(state, { expression, numbers: table(Object.entries(numbers)), place: 0, position: null });
    begin();
  });

  return { begin, show, stepper, op };
}
