/**
 * Steps through a story: formula, sentence, picture, table, source, timeline, controls. The offline page and the
 * notebook widget run this one module. `render` builds the view, wires it, and returns what undoes the wiring.
 * Text enters by textContent only.
 */

import { createCamera, createPicture, handlePointers } from "./picture.js";
import { filled, h, isBroken, mark, onChange, s, tint, write } from "./picture.js";
import { actionOf, expectedIn, formatNumber, heatOf, marksOf, moved, phaseOf, placeOn } from "./story.js";
import { reprNumber, stateAt, stopAt, stopsOf, storyFrom } from "./story.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** What can be done, in words: for the buttons and for the list of keys, from which a finger can do it too. */
const ACTIONS = {
  next: "Step",
  back: "Back",
  next_node: "Next node",
  previous_node: "Node before",
  play: "Play, pause",
  speed: "Speed",
  continue: "Continue to the next breakpoint",
  breakpoint: "Breakpoint at the chosen node",
  down: "Into the next group",
  up: "Out of this group",
  start: "Start",
  end: "End",
  next_event: "One event of the trace",
  previous_event: "One event back",
  find: "Find a node",
  choose_next: "Choose the node below",
  choose_previous: "Choose the node above",
  follow: "Follow with the camera",
  fit: "See everything",
  zoom_in: "Zoom in",
  zoom_out: "Zoom out",
  theme: "Dark or light",
};
const MORE_KEYS = {
  next_event: ["N"],
  previous_event: ["B"],
  choose_next: ["ArrowDown"],
  choose_previous: ["ArrowUp"],
  zoom_in: ["+", "="],
  zoom_out: ["-"],
};
const KEYCAPS = { ArrowRight: "→", ArrowLeft: "←", ArrowDown: "↓", ArrowUp: "↑", PageDown: "PgDn", PageUp: "PgUp" };
const ICONS = {
  start: "M2 2h2.4v12H2zM14 2v12L5.6 8z",
  back: "M10.6 2l-6 6 6 6",
  play: "M4 2v12l10-6z",
  pause: "M3.4 2h3.4v12H3.4zM9.2 2h3.4v12H9.2z",
  next: "M5.4 2l6 6-6 6",
  next_node: "M2.6 3l5 5-5 5M8.4 3l5 5-5 5",
  end: "M11.6 2H14v12h-2.4zM2 2l8.4 6L2 14z",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  zoom_in: "M8 3v10M3 8h10",
  zoom_out: "M3 8h10",
  follow: "M8 1v4M8 11v4M1 8h4M11 8h4M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 1 1 5 0",
  find: "M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 1 1 9 0M10.4 10.4L14 14",
};
const SOLID = ["start", "play", "pause", "end"];

function icon(name) {
  const look = SOLID.includes(name) ? "st-icon solid" : "st-icon";
  return s("svg", { viewBox: "0 0 16 16", class: look, "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}

// ---------------------------------------------------------------- formula and sentence

/** The line of chips: upstream × local = contribution, before + contribution = after. */
function createFormula(story) {
  const line = h("div", { class: "st-chips", "aria-hidden": "true" });
  const math = h("div", { class: "st-unseen" });
  const sentence = h("p", { class: "st-sentence", "aria-live": "polite", "aria-atomic": "true" });
  const element = h("section", { class: "st-formula", "aria-label": "This step as a formula" }, line, math, sentence);

  const sign = (text) => h("span", { class: "st-sign" }, text);
  const group = (...parts) => h("span", { class: "st-group" }, ...parts);
  /** A chip with its symbol above and its word below. */
  const term = (symbol, chip, word) =>
    h("span", { class: "st-term" }, h("span", { class: "st-symbol", title: symbol }, symbol), chip, h("span", {}, word));
  const chip = (look, x, text) => {
    const facts = { class: `st-chip ${look}${isBroken(x) ? " broken" : ""}`, "data-repr": reprNumber(x) };
    return h("span", { ...facts, title: reprNumber(x) }, text);
  };
  const value = (name, x, look = "") => term(name, chip(`box ${look}`, x, formatNumber(x)), "value");
  const local = (symbol, x) =>
    term(symbol, chip(x === 0 ? "pill dead" : "pill", x, formatNumber(x)), "local derivative");
  const part = (x) => term("", chip("part", x, formatNumber(x, true)), "contribution");
  const gradient = (symbol, x, word, look = "") => {
    const shown = chip(`box ${look}`, x, formatNumber(x, true));
    tint(shown, shown.className, heatOf(story.scale, x));
    return term(symbol, shown, word);
  };

  /** The chips of an event; `whole` says whether the gradient of its operand is complete. */
  function chips(event, state, whole) {
    const node = story.nodes[event.node];
    const root = story.nodes[state.seed]?.name;
    if (event.kind === "contribute") {
      const [upstream, rule, result] = event.symbols;
      const { name } = story.nodes[event.operand];
      return [
        group(
          gradient(upstream, event.upstream, "upstream", "now"),
          sign("×"),
          event.local === undefined ? term(rule, chip("pill", null, "?"), "made by hand") : local(rule, event.local),
          sign("="),
          part(event.product),
        ),
        h("span", { class: "st-into" }, "added to", h("b", {}, `${name}.grad`)),
        group(
          gradient(`${name}.grad`, event.before, "before"),
          sign("+"),
          part(event.product),
          sign("="),
          gradient(whole ? result : `${result} so far`, event.after, "after", "now"),
        ),
      ];
    }
    if (event.kind === "create") {
      const result = value(node.name, node.data, "now");
      if (!node.operands.length) return [group(result)];
      const inputs = node.operands.map((operand, slot) =>
        operand === null ? value("", node.constants[slot]) : value(story.nodes[operand].name, state.data[operand]),
      );
      if (inputs.length > 4) inputs.splice(2, inputs.length - 3, sign("…"));
      const infix = node.symbol.length === 1 && inputs.length > 1;
      const made = infix ? inputs.flatMap((input, i) => (i ? [sign(node.symbol), input] : [input])) : inputs;
      return [group(...(infix ? [] : [sign(node.symbol)]), ...made, sign("="), result)];
    }
    if (event.kind === "order") {
      const order = story.nodes.map((_, i) => i).filter((i) => state.rank[i]);
      order.sort((a, b) => state.rank[a] - state.rank[b]);
      const shown = order.slice(-7).map((i) => {
        const look = i === event.node ? "st-chip box now" : "st-chip box";
        return term(`${state.rank[i]}.`, h("span", { class: look }, story.nodes[i].name), "");
      });
      return [group(...(order.length > 7 ? [sign("…")] : []), ...shown)];
    }
    if (event.kind === "update") {
      return [group(value(node.name, event.before), sign("→"), value(node.name, event.after, "now"))];
    }
    const word = { seed: "seed", visit: "complete: now it is passed on" }[event.kind] ?? "complete";
    const symbol = root ? `∂${root}/∂${node.name}` : `${node.name}.grad`;
    return [group(gradient(symbol, event.after ?? event.upstream, word, "now"))];
  }

  /** A contribution in MathML, for those who hear the page. */
  function spoken(event, state) {
    if (event.kind !== "contribute") return [];
    const m = (tag, ...children) => filled(document.createElementNS(MATHML, tag), {}, children);
    const name = (i) => m("mi", story.nodes[i]?.name ?? "");
    const slope = (of, by) => m("mfrac", m("mrow", m("mo", "∂"), name(of)), m("mrow", m("mo", "∂"), name(by)));
    const number = (x) => m("mn", formatNumber(x, true));
    const { node, operand, upstream, before, product, after } = event;
    const factors = event.local === undefined ? [] : [number(upstream), m("mo", "×"), number(event.local), m("mo", "=")];
    const chain = [slope(state.seed, node), m("mo", "×"), slope(node, operand), m("mo", "="), ...factors];
    const sum = [slope(state.seed, operand), m("mo", "="), number(before), m("mo", "+"), number(product), m("mo", "=")];
    return [m("math", ...chain, number(product)), m("math", ...sum, number(after))];
  }

  function shrink() {
    fit(line, "--chip", 12);
    fit(sentence, "--sentence", 11);
  }

  return {
    element,
    sentence,
    shrink,
    show(event, state, whole) {
      line.replaceChildren(...(event ? chips(event, state, whole) : [h("span", { class: "st-title" }, story.title)]));
      math.replaceChildren(...(event ? spoken(event, state) : []));
      write(sentence, event ? event.sentence : story.start);
      shrink();
    },
  };
}

/** The largest size, a custom property of the box, at which its content fits; found by bisection. */
function fit(box, size, least) {
  const fits = () => box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
  box.style.removeProperty(size);
  if (fits()) return;
  let [low, high] = [least, parseFloat(getComputedStyle(box).getPropertyValue(size)) - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    box.style.setProperty(size, `${middle}px`);
    if (fits()) low = middle;
    else high = middle - 1;
  }
  box.style.setProperty(size, `${low}px`);
}

// ---------------------------------------------------------------- table and source

const ROW = { values: 23, source: 20, gap: 12, head: 27 }; // heights, as in the style sheet
const BLOCK = 50; // so many rows are laid out together, and only where they are seen
/** All nodes, the root first, so that the pass runs down the table. */
function createTable(story) {
  // The rows are laid out one by one, which a browser's own tables are not; so their roles are said again.
  const line = (...cells) => h("tr", { role: "row" }, ...cells);
  const heads = ["node", "made by", "value", "gradient", "arrived"];
  const head = line(...heads.map((word) => h("th", { role: "columnheader" }, word)));
  const table = h("table", { role: "table" }, h("thead", { role: "rowgroup" }, head));
  const element = h("div", { class: "st-pane st-values", role: "region", tabindex: "0" }, table);
  for (const labelled of [table, element]) labelled.setAttribute("aria-label", "Values and gradients");
  const rows = story.nodes.map((node, i) => {
    const [made, value, gradient, arrived] = [node.made, "", "", ""].map((text) => h("td", { role: "cell" }, text));
    made.title = node.made;
    const row = line(h("th", { role: "rowheader", title: node.full }, node.name), made, value, gradient, arrived);
    row.dataset.node = `${i}`;
    return {
      row,
      show: onChange((looks, data, grad, came) => {
        mark(row, "class", looks);
        write(value, data === null ? "" : formatNumber(data));
        write(gradient, data === null ? "" : formatNumber(grad, true));
        write(arrived, came);
        mark(value, "class", isBroken(data) ? "broken" : "");
        mark(gradient, "class", grad === null ? "none" : isBroken(grad) ? "broken" : "");
        sayAll(value, data);
        sayAll(gradient, grad);
      }),
    };
  });
  table.append(...blocks(rows.map(({ row }) => row).reverse(), "tbody", { role: "rowgroup" }));

  return {
    element,
    show({ state, lit, breakpoints, chosen }, expected) {
      rows.forEach(({ show }, i) => {
        const looks = [lit.has(i) && "lit", breakpoints.has(i) && "stop", i === chosen && "chosen"].filter(Boolean);
        const came = i === state.seed ? "seed" : expected[i] ? `${state.arrived[i]} of ${expected[i]}` : "";
        show(looks.join(" "), state.data[i], state.grad[i], came);
      });
    },
    reveal: (i) => reveal(element, ROW.head + (rows.length - 1 - i) * ROW.values),
  };
}

/** Rows in blocks that the browser skips while they are out of sight. */
function blocks(rows, tag, attributes) {
  const count = Math.ceil(rows.length / BLOCK);
  const parts = Array.from({ length: count }, (_, i) => rows.slice(i * BLOCK, (i + 1) * BLOCK));
  return parts.map((part) => h(tag, { class: "st-block", ...attributes }, ...part));
}

/** Scroll a pane, and nothing around it, until a row of it is seen. */
function reveal(pane, top) {
  const [above, below] = [top - 40, top + 44 - pane.clientHeight];
  if (above < pane.scrollTop) pane.scrollTop = above;
  else if (below > pane.scrollTop) pane.scrollTop = below;
}

/** All digits of a number, for the pointer that rests on it and for copying. */
function sayAll(element, x) {
  mark(element, "data-repr", reprNumber(x));
  mark(element, "title", reprNumber(x));
}

/** The user's lines, or formulas, each with the number that it made last and the gradient of that. */
function createSource(story) {
  const code = h("div", { class: "st-code" });
  const element = h("div", { class: "st-pane st-source", role: "region", tabindex: "0", "aria-label": "Source" }, code);
  const nodesOf = story.lines.map(() => []);
  story.nodes.forEach(({ line }, i) => line !== null && nodesOf[line].push(i));
  const files = new Set(story.lines.map(({ file }) => file));
  const all = [];
  let top = 6;
  const rows = story.lines.map(({ file, number, text }, i) => {
    const before = story.lines[i - 1];
    const put = (row, height) => {
      all.push(row);
      top += height;
    };
    if (files.size > 1 && file !== before?.file) put(h("div", { class: "file" }, file), ROW.source);
    else if (before && number > before.number + 1) put(h("div", { class: "gap", "aria-hidden": "true" }, "⋮"), ROW.gap);
    const [value, gradient] = [h("span", { class: "value" }), h("span", { class: "gradient" })];
    const row = h("div", {}, h("span", { class: "number" }, `${number}`), h("code", { title: text }, text), value, gradient);
    const begin = top;
    put(row, ROW.source);
    const show = onChange((look, name, data, grad) => {
      mark(row, "class", look);
      write(value, data === null ? "" : name + formatNumber(data));
      write(gradient, grad === null ? "" : `grad ${formatNumber(grad, true)}`);
      sayAll(value, data);
      sayAll(gradient, grad);
    });
    return { begin, show };
  });
  code.append(...blocks(all, "div", {}));

  return {
    element,
    show({ state, event }) {
      const now = event ? story.nodes[event.node].line : null;
      rows.forEach(({ show }, i) => {
        const nodes = nodesOf[i];
        const made = i === now ? event.node : nodes.findLast((node) => state.data[node] !== null);
        if (made === undefined) show("", "", null, null);
        else {
          const name = nodes.length > 1 ? `${story.nodes[made].name} = ` : "";
          show(i === now ? "lit" : "", name, state.data[made], state.grad[made]);
        }
      });
    },
    reveal: (line) => reveal(element, rows[line].begin),
  };
}

// ---------------------------------------------------------------- timeline

/** A rail with a mark for each stop, and a slider over it. */
function createTimeline(story, stops) {
  const slider = h("input", { type: "range", min: 0, max: stops.length - 1, step: 1, value: 0, "aria-label": "Step" });
  const [past, knob] = [s("rect", { class: "st-past", y: 11, height: 4, rx: 2 }), s("circle", { class: "st-knob", cy: 13, r: 8 })];
  const [rail, marks, rings] = [s("rect", { class: "st-rail", y: 11, height: 4, rx: 2 }), s("g"), s("g")];
  const svg = s("svg", { "aria-hidden": "true" }, rail, past, marks, rings, knob);
  const element = h("div", { class: "st-time" }, slider, svg);
  let width = 600;
  const x = (stop) => placeOn(stop, stops.length, width);

  /** The names of the phases, each where it begins, if there is room for it before the next. */
  function words() {
    const phases = stops.slice(1).map(({ told }) => phaseOf(story.events[told].kind));
    const begins = phases.flatMap((phase, i) => (phase === phases[i - 1] ? [] : [{ phase, at: i ? x(i + 1) : x(0) }]));
    const fits = ({ phase, at }, i) => at + 8 * phase.length + 4 < (begins[i + 1]?.at ?? width);
    return begins.filter(fits).map(({ phase, at }) => s("text", { x: at, y: 38 }, phase));
  }

  return {
    element,
    slider,
    resize(room) {
      if (room === width || room <= 0) return;
      width = room;
      mark(rail, "x", `${x(0)}`);
      mark(rail, "width", `${x(stops.length - 1) - x(0)}`);
      mark(past, "x", `${x(0)}`);
      const drawn = marksOf(story, stops, width).map(({ look, path }) => s("path", { class: `st-mark ${look}`, d: path }));
      const broken = stops.findIndex(({ position }) => story.first && position > story.first.event);
      if (broken > 0) drawn.push(s("path", { class: "st-watch", d: `M${x(broken)} 8l-6 -8h12z` }));
      marks.replaceChildren(...drawn, ...words());
    },
    mark(breakpoints) {
      const hit = stops.filter(({ told }) => {
        const { node, operand = node } = story.events[told] ?? {};
        return breakpoints.has(node) || breakpoints.has(operand);
      });
      const places = new Set(hit.map((stop) => x(stops.indexOf(stop))));
      rings.replaceChildren(...[...places].map((cx) => s("circle", { class: "st-stop", cx, cy: 13, r: 5 })));
    },
    show(stop, text) {
      slider.value = `${stop}`;
      slider.setAttribute("aria-valuetext", text);
      mark(past, "width", `${x(stop) - x(0)}`);
      mark(knob, "cx", `${x(stop)}`);
    },
  };
}

// ---------------------------------------------------------------- the player

/** @param {{ model: any, el: HTMLElement }} given as anywidget gives them */
export function render({ model, el }) {
  const story = storyFrom(model.get("story"));
  const stops = stopsOf(story);
  const keys = { ...story.keys, ...MORE_KEYS };
  const unwired = new AbortController();
  const { signal } = unwired;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const breakpoints = new Set();
  let position = 0;
  let chosen = -1;
  let told = null; // the event that is told
  let speed = story.motion.play_speeds.indexOf(1);
  let timer = 0;
  let pass = { began: -2, expected: [] };

  // ---- what there is

  const button = (action, label, look = "") => {
    const children = [...(ICONS[action] ? [icon(action)] : []), h("span", { class: "st-label" }, label)];
    const made = h("button", { type: "button", class: look, "data-action": action, "aria-label": label }, ...children);
    const shortcut = (keys[action] ?? []).map((key) => KEYCAPS[key] ?? key).join(" ");
    made.title = shortcut ? `${ACTIONS[action] ?? label} (${shortcut})` : label;
    return made;
  };
  const formula = createFormula(story);
  const table = createTable(story);
  const source = createSource(story);
  const timeline = createTimeline(story, stops);
  const where = h("span", { class: "st-where" });
  const themeButton = button("theme", "Dark");
  const header = h(
    "header",
    { class: "st-header" },
    h("b", {}, "stepgrad"),
    h("code", { title: story.title }, story.title),
    where,
    button("find", "Find", "quiet"),
    themeButton,
    button("help", "?"),
  );
  const tip = h("div", { class: "st-tip", hidden: "" });
  const frame = h("div", { class: "st-frame" }, tip);
  const strip = h("div", { class: "st-strip" });
  const picture = story.picture ? createPicture(story) : null;
  const followButton = button("follow", "Follow");
  const camera = picture && createCamera(frame, picture, () => mark(followButton, "aria-pressed", `${camera.follows()}`));
  if (picture) {
    frame.prepend(picture.svg);
    const legend = h("p", { class: "st-legend" }, ...story.legend.map(([text, role]) => h("span", { class: role }, text)));
    const tools = h("div", { class: "st-tools", role: "group", "aria-label": "Camera" });
    tools.append(button("zoom_out", "Zoom out"), button("zoom_in", "Zoom in"), button("fit", "Fit"), followButton);
    strip.append(camera.map, legend, tools);
  } else frame.append(h("p", { class: "st-note" }, story.note));

  const tabs = ["Values", "Source"].map((name) => h("button", { type: "button", role: "tab" }, name));
  const data = h("section", { class: "st-data", "aria-label": "Values and source" });
  data.append(h("div", { class: "st-tabs", role: "tablist" }, ...tabs), table.element, source.element);
  const controls = h("nav", { class: "st-controls", "aria-label": "Stepping" });
  const playButton = button("play", "Play");
  const speedButton = button("speed", "1×", "wide");
  const continueButton = button("continue", "Continue", "wide");
  const hint = h("span", { class: "st-hint" });
  for (const [key, word] of [["n", "step"], ["b", "back"], ["space", "play"], ["?", "all keys"]]) {
    hint.append(h("kbd", {}, key), ` ${word}  `);
  }
  const stepping = [
    button("start", "Start"),
    button("back", "Back"),
    playButton,
    button("next", "Step", "main"),
    button("next_node", "Next node"),
    button("end", "End"),
  ];
  controls.append(...stepping, continueButton, speedButton, hint);

  const help = h("dialog", { class: "st-dialog", "aria-label": "Keys" });
  const search = h("input", { type: "search", "aria-label": "Name of a node", placeholder: "name of a node" });
  const found = h("div", { class: "st-found" });
  const finder = h("dialog", { class: "st-dialog", "aria-label": "Find a node" }, search, found);
  const closer = () => h("button", { type: "button", "data-action": "close" }, "Close");
  const list = Object.entries(ACTIONS).map(([action, label]) => {
    const caps = (keys[action] ?? []).map((key) => h("kbd", {}, KEYCAPS[key] ?? key));
    return h("button", { type: "button", "data-action": action }, h("span", {}, label), h("span", {}, ...caps));
  });
  help.append(h("b", {}, "What you can do, and its keys"), h("div", { class: "st-list" }, ...list), closer());
  finder.append(closer());

  const main = h("main", { class: "st-graph", "aria-label": "Picture" }, frame, strip);
  const app = h("div", { class: "st-app" }, header, formula.element, main, data, timeline.element, controls);
  const root = h("div", { class: "stepgrad", tabindex: "-1", "data-lm-suppress-shortcuts": "true" }, app, help, finder);
  el.append(root);

  // ---- showing a place

  function show({ flying = false, moving = true } = {}) {
    const at = stopAt(stops, position);
    const index = stops[at].position === position ? stops[at].told : position - 1;
    const event = (told = story.events[index] ?? null);
    const state = stateAt(story, position);
    const lit = new Set(event ? [event.node, event.operand ?? event.node] : []);
    const expected = expectedAt(state.began);
    const place = { state, event, lit, breakpoints, chosen };
    formula.sentence.setAttribute("aria-live", timer ? "off" : "polite");
    formula.show(event, state, event?.operand === undefined || state.arrived[event.operand] === expected[event.operand]);
    table.show(place, expected);
    source.show(place);
    picture?.show(place);
    camera?.blocks.forEach((block, i) => {
      mark(block, "class", `${state.grad[i] === null ? "" : "known"}${lit.has(i) ? " lit" : ""}`);
    });
    const phase = event ? phaseOf(event.kind) : "start";
    write(where, `${phase} · step ${at} of ${stops.length - 1}`);
    timeline.show(at, `step ${at} of ${stops.length - 1}: ${event?.title ?? "start"}`);
    for (const made of stepping) {
      const ends = { start: 0, back: 0, next: story.events.length, next_node: story.events.length, end: story.events.length };
      made.disabled = position === ends[made.dataset.action];
    }
    if (!moving) return;
    point(-1);
    camera?.aim(chosen >= 0 ? [chosen] : [...lit], !still.matches);
    if (event) table.reveal(event.operand ?? event.node);
    if (event && story.nodes[event.node].line !== null) source.reveal(story.nodes[event.node].line);
    picture?.land();
    if (flying && event?.kind === "contribute" && !still.matches) picture?.fly(event, story.motion.packet_ms);
  }

  /** How many contributions each node gets in this pass, or before any pass in the first. */
  function expectedAt(began) {
    if (began !== pass.began) {
      const first = story.events.findIndex(({ kind }) => kind === "order");
      pass = { began, expected: expectedIn(story, began < 0 ? first : began) };
    }
    return pass.expected;
  }

  function go(next, flying = false) {
    position = Math.max(0, Math.min(story.events.length, next));
    show({ flying });
    if (model.get("position") === position) return;
    model.set("position", position);
    model.save_changes();
  }

  // ---- playing

  function stop() {
    clearTimeout(timer);
    timer = 0;
    label(playButton, "play", "Play");
  }

  function play() {
    if (timer) return stop();
    if (position === story.events.length) go(0);
    label(playButton, "pause", "Pause");
    const wait = () => {
      timer = setTimeout(() => {
        go(stops[moved(story, stops, position, "next")].position, true);
        const { node, operand = node } = told ?? {};
        if (position === story.events.length || breakpoints.has(node) || breakpoints.has(operand)) stop();
        else wait();
      }, story.motion.play_ms / story.motion.play_speeds[speed]);
    };
    wait();
  }

  function label(made, name, text) {
    made.replaceChildren(...(ICONS[name] ? [icon(name)] : []), h("span", { class: "st-label" }, text));
    made.setAttribute("aria-label", text);
  }

  // ---- choosing nodes

  /** Tell everything about a node, in full; −1 ends it. */
  function point(node, pinned = false) {
    picture?.dim(node);
    tip.hidden = node < 0 || !picture;
    if (tip.hidden) return;
    const { full, made, role, scope, line } = story.nodes[node];
    const state = stateAt(story, position);
    const at = line === null ? null : story.lines[line];
    const facts = [
      ["made by", role === "leaf" ? "leaf" : made],
      ["value", reprNumber(state.data[node])],
      ["gradient", reprNumber(state.grad[node])],
      ...(scope.length ? [["group", scope.join(" / ")]] : []),
      ...(at?.file ? [[`${at.file}:${at.number}`, at.text]] : []),
    ];
    const rows = facts.map(([word, text]) => [h("dt", {}, word), h("dd", {}, text)]);
    tip.replaceChildren(h("b", {}, full), h("dl", {}, ...rows.flat()));
    if (pinned) tip.append(button("breakpoint", breakpoints.has(node) ? "Remove the breakpoint" : "Breakpoint here"));
    const { x, y, w, h: high } = camera.placeOf(node);
    const [across, down] = [frame.clientWidth - tip.offsetWidth - 4, frame.clientHeight - tip.offsetHeight - 4];
    const within = (at, most) => Math.max(4, Math.min(most, at));
    // Below, above, right or left of its card, wherever there is room first.
    const places = [
      { left: within(x, across), top: y + high + 10 },
      { left: within(x, across), top: y - tip.offsetHeight - 10 },
      { left: x + w + 24, top: within(y, down) },
      { left: x - tip.offsetWidth - 24, top: within(y, down) },
    ];
    const fits = ({ left, top }) => left >= 0 && left <= across && top >= 0 && top <= down;
    const { left, top } = places.find(fits) ?? places[0];
    tip.style.left = `${within(left, across)}px`;
    tip.style.top = `${within(top, down)}px`;
  }

  /** A click chooses a node, which the camera then follows; one more sets a breakpoint. */
  function choose(node) {
    if (node >= 0 && node === chosen) return toggleBreakpoint(node);
    chosen = node;
    if (node >= 0) camera?.goTo(node);
    show({ moving: false });
    if (node >= 0) table.reveal(node);
    point(node, true);
  }

  function toggleBreakpoint(node = chosen >= 0 ? chosen : (told?.operand ?? told?.node ?? -1)) {
    if (node < 0) return;
    if (!breakpoints.delete(node)) breakpoints.add(node);
    continueButton.hidden = !breakpoints.size;
    timeline.mark(breakpoints);
    show({ moving: false });
    if (!tip.hidden) point(node, true);
  }

  function search_for(text) {
    const wanted = text.trim().toLowerCase();
    const hits = story.nodes.flatMap((node, i) => {
      const at = node.full.toLowerCase().indexOf(wanted);
      return wanted && at >= 0 ? [{ i, at }] : [];
    });
    hits.sort((a, b) => a.at - b.at || story.nodes[a.i].full.length - story.nodes[b.i].full.length || a.i - b.i);
    const shown = hits.slice(0, 8).map(({ i }) => {
      const { full, made } = story.nodes[i];
      return h("button", { type: "button", "data-found": i }, h("b", {}, full), h("span", {}, made));
    });
    const rest = hits.length > 8 ? [h("p", {}, `and ${hits.length - 8} more`)] : [];
    found.replaceChildren(...(wanted && !hits.length ? [h("p", {}, "no such node")] : [...shown, ...rest]));
  }

  // ---- doing

  function act(action) {
    switch (action) {
      case "play":
        return play();
      case "speed":
        speed = (speed + 1) % story.motion.play_speeds.length;
        return label(speedButton, "", `${story.motion.play_speeds[speed]}×`);
      case "breakpoint":
        return toggleBreakpoint();
      case "choose_next": // the table shows the last node first
        return choose(chosen <= 0 ? story.nodes.length - 1 : chosen - 1);
      case "choose_previous":
        return choose(chosen + 1 < story.nodes.length ? chosen + 1 : 0);
      case "follow":
        camera?.set(camera.follows() ? "fit" : "follow");
        return camera?.aim(chosen >= 0 ? [chosen] : told ? [told.node, told.operand ?? told.node] : [], true);
      case "fit":
        camera?.set("fit");
        return camera?.aim([], true);
      case "zoom_in":
        return camera?.zoom(1.25);
      case "zoom_out":
        return camera?.zoom(0.8);
      case "find":
        return finder.showModal();
      case "help":
        return help.showModal();
      case "theme":
        root.dataset.theme = getComputedStyle(root).colorScheme === "dark" ? "light" : "dark";
        return nameTheme();
      case "quit":
        stop();
        return choose(-1);
      case "next_event":
      case "previous_event":
        stop();
        return go(position + (action === "next_event" ? 1 : -1), action === "next_event");
      default:
        stop();
        return go(stops[moved(story, stops, position, action, breakpoints)].position, action === "next");
    }
  }

  function nameTheme() {
    const text = getComputedStyle(root).colorScheme === "dark" ? "Light" : "Dark";
    label(themeButton, "", text);
  }

  const on = (target, name, handle) => target.addEventListener(name, handle, { signal });

  on(el, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // a notebook would take the letters for commands
    const typing = event.target.closest?.("dialog, input:not([type=range])");
    const pressing = event.key === " " && event.target.closest?.("button");
    const action = actionOf(keys, event.key);
    if (typing || pressing || !action) return;
    event.preventDefault();
    act(action);
  });
  on(root, "click", (event) => {
    const made = event.target.closest("[data-action]");
    if (!made) return;
    const dialog = made.closest("dialog");
    dialog?.close();
    if (made.dataset.action !== "close") act(made.dataset.action);
  });
  on(timeline.slider, "input", () => {
    stop();
    go(stops[Number(timeline.slider.value)].position);
  });
  on(table.element, "click", (event) => {
    const row = event.target.closest("[data-node]");
    if (row && getSelection()?.isCollapsed) choose(Number(row.dataset.node));
  });
  tabs.forEach((tab, i) => {
    on(tab, "click", () => {
      data.dataset.tab = i ? "source" : "values";
      tabs.forEach((other) => other.setAttribute("aria-selected", `${other === tab}`));
      show({ moving: false });
    });
  });
  on(search, "input", () => search_for(search.value));
  on(search, "keydown", (event) => event.key === "Enter" && found.querySelector("button")?.click());
  on(found, "click", (event) => {
    const hit = event.target.closest("[data-found]");
    if (!hit) return;
    finder.close();
    chosen = -1;
    choose(Number(hit.dataset.found));
  });
  on(root, "copy", (event) => {
    // A number is copied with all its digits.
    const at = getSelection()?.anchorNode?.parentElement?.closest("[data-repr]");
    if (!at?.contains(getSelection().focusNode)) return;
    event.clipboardData.setData("text/plain", at.dataset.repr);
    event.preventDefault();
  });
  const theme = matchMedia("(prefers-color-scheme: dark)");
  on(theme, "change", nameTheme);
  const moveTo = () => model.get("position") !== position && (stop(), go(model.get("position")));
  model.on("change:position", moveTo);
  if (picture) {
    handlePointers(frame, camera, choose, signal);
    on(frame, "pointerover", (event) => {
      if (event.pointerType !== "mouse" || event.buttons || (chosen >= 0 && !tip.hidden)) return;
      point(Number(event.target.closest("[data-node]")?.dataset.node ?? -1));
    });
    on(frame, "pointerleave", () => chosen < 0 && point(-1));
    on(camera.map, "click", (event) => {
      const { left, top, width, height } = camera.map.getBoundingClientRect();
      camera.jump((event.clientX - left) / width, (event.clientY - top) / height);
    });
  }
  const sizes = new ResizeObserver(() => {
    formula.shrink();
    timeline.resize(timeline.element.clientWidth - 28);
    timeline.mark(breakpoints);
    camera?.resize(frame.clientWidth, frame.clientHeight);
    show();
  });
  sizes.observe(root);
  sizes.observe(frame);

  data.dataset.tab = "values";
  tabs[0].setAttribute("aria-selected", "true");
  tabs[1].setAttribute("aria-selected", "false");
  continueButton.hidden = true;
  nameTheme();
  go(model.get("position"));

  return () => {
    stop();
    unwired.abort();
    sizes.disconnect();
    model.off("change:position", moveTo);
    root.remove();
  };
}

export default { render };
