/**
 * What stands around the picture: formula and sentence, table, source, timeline. Each is created once, with a `show`
 * that brings it to a place in the story.
 */

import { formatNumber, heatOf, marksOf, phaseOf, placeOn, reprNumber } from "./story.js";
import { filled, h, isBroken, mark, onChange, s, tint, write } from "./picture.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const ROW = { values: 23, source: 20, gap: 12, head: 27 }; // heights, as in the style sheet
const BLOCK = 50; // so many rows are laid out together, and only where they are seen

// ---------------------------------------------------------------- formula and sentence

/** The line of chips: upstream × local = contribution, before + contribution = after. */
export function createFormula(story) {
  const line = h("div", { class: "st-chips", "aria-hidden": "true" });
  const math = h("div", { class: "st-unseen" });
  const sentence = h("p", { class: "st-sentence", "aria-live": "polite", "aria-atomic": "true" });
  const element = h("section", { class: "st-formula", "aria-label": "This step as a formula" }, line, math, sentence);

  const sign = (text) => h("span", { class: "st-sign" }, text);
  const group = (...parts) => h("span", { class: "st-group" }, ...parts);
  /** A chip with its symbol above and its word below. */
  const term = (symbol, chip, word) =>
    h(
      "span",
      { class: "st-term" },
      h("span", { class: "st-symbol", title: symbol }, symbol),
      chip,
      h("span", {}, word),
    );
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
    tint(shown, heatOf(story.scale, x));
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
      const shown = order.slice(-5).map((i) => {
        const look = i === event.node ? "st-chip box now" : "st-chip box";
        return term(`${state.rank[i]}.`, h("span", { class: look }, story.nodes[i].name), "");
      });
      return [group(...(order.length > 5 ? [sign("…")] : []), ...shown)];
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
    const factors =
      event.local === undefined ? [] : [number(upstream), m("mo", "×"), number(event.local), m("mo", "=")];
    const chain = [slope(state.seed, node), m("mo", "×"), slope(node, operand), m("mo", "="), ...factors];
    const sum = [slope(state.seed, operand), m("mo", "="), number(before), m("mo", "+"), number(product), m("mo", "=")];
    return [m("math", ...chain, number(product)), m("math", ...sum, number(after))];
  }

  function shrink() {
    fit(line, "--chip", 11);
    fit(line, "--symbol", 40); // where smaller chips do not help, the symbols lose their ends
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

/** Set a custom property of the box to the largest size at which its content fits, found by bisection. */
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

/** All nodes, the root first, so that the pass runs down the table. */
export function createTable(story) {
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
  const lines = rows.map(({ row }) => ({ row, height: ROW.values })).reverse();
  table.append(...blocks(lines, "tbody", { role: "rowgroup" }));

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

/** Rows in blocks, which the browser skips while they are out of sight; it has to know their heights for that. */
function blocks(lines, tag, attributes) {
  const parts = Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, i) =>
    lines.slice(i * BLOCK, (i + 1) * BLOCK),
  );
  return parts.map((part) => {
    const block = h(tag, { class: "st-block", ...attributes }, ...part.map(({ row }) => row));
    block.style.containIntrinsicSize = `auto ${part.reduce((sum, { height }) => sum + height, 0)}px`;
    return block;
  });
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
export function createSource(story) {
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
      all.push({ row, height });
      top += height;
    };
    if (files.size > 1 && file !== before?.file) put(h("div", { class: "file" }, file), ROW.source);
    else if (before && number > before.number + 1) put(h("div", { class: "gap", "aria-hidden": "true" }, "⋮"), ROW.gap);
    const [value, gradient] = [h("span", { class: "value" }), h("span", { class: "gradient" })];
    const row = h(
      "div",
      {},
      h("span", { class: "number" }, `${number}`),
      h("code", { title: text }, text),
      value,
      gradient,
    );
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
export function createTimeline(story, stops) {
  const slider = h("input", { type: "range", min: 0, max: stops.length - 1, step: 1, value: 0, "aria-label": "Step" });
  const [past, knob] = [
    s("rect", { class: "st-past", y: 11, height: 4, rx: 2 }),
    s("circle", { class: "st-knob", cy: 13, r: 8 }),
  ];
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
      const drawn = marksOf(story, stops, width).map(({ look, path }) =>
        s("path", { class: `st-mark ${look}`, d: path }),
      );
      const broken = stops.findIndex(({ position }) => story.first && position > story.first.event);
      if (broken > 0) drawn.push(s("path", { class: "st-watch", d: `M${x(broken)} 8l-6 -8h12z` }));
      marks.replaceChildren(...drawn, ...words());
    },
    mark(breakpoints) {
      const places = stops.flatMap(({ told }, i) => {
        const { node, operand } = story.events[told] ?? {};
        return breakpoints.has(node) || breakpoints.has(operand) ? [x(i)] : [];
      });
      rings.replaceChildren(...[...new Set(places)].map((cx) => s("circle", { class: "st-stop", cx, cy: 13, r: 5 })));
    },
    show(stop, text) {
      slider.value = `${stop}`;
      slider.setAttribute("aria-valuetext", text);
      mark(past, "width", `${x(stop) - x(0)}`);
      mark(knob, "cx", `${x(stop)}`);
    },
  };
}
