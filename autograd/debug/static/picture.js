/**
 * The picture of a story: cards, wires and pills where `debug/page.py` put them, and a camera over it. Everything is
 * built once; a step changes the classes and numbers of what differs.
 */

import { formatNumber, heatOf, reprNumber, slotsOf } from "./story.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { x: 16, top: 24, bottom: 12 }; // for halos, and for what stands above a card
const MANY = 400; // more cards than that are not dimmed, and drawn only where the camera looks

// ---------------------------------------------------------------- writing into the document

/** An HTML element with attributes and children; a string becomes text. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function filled(element, attributes, children) {
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

/** Change a text only where it differs: what stays the same costs no layout. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The same for an attribute. */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A function that updates only when one of its arguments differs from the last time. */
export function onChange(update) {
  let last = [];
  return (...values) => {
    if (values.length === last.length && values.every((value, i) => Object.is(value, last[i]))) return;
    last = values;
    update(...values);
  };
}

/** Give an element the tint of a gradient: on the way from one stop of the heat scale to the next. */
export function tint(element, { stop, mix }) {
  const before = stop.endsWith("1") ? "ground" : `${stop[0]}${Number(stop[1]) - 1}`;
  const colour = stop && `color-mix(in srgb, var(--${stop}) ${(mix * 100).toFixed(1)}%, var(--${before}))`;
  element.style.setProperty("--tint", colour);
}

export function isBroken(x) {
  return x !== null && x !== undefined && !Number.isFinite(x);
}

// ---------------------------------------------------------------- the picture

let pictures = 0;

/**
 * The picture and how it shows a place in the story.
 * @param {import("./story.js").Story} story
 */
export function createPicture(story) {
  const hatch = `stepgrad-hatch-${++pictures}`;
  const { cards, wires, constants, areas } = story.picture;
  const size = [story.picture.size[0] + 2 * MARGIN.x, story.picture.size[1] + MARGIN.top + MARGIN.bottom];
  const layer = (name) => s("g", { class: `st-${name}` });
  const [under, over, packets] = ["under", "over", "packets"].map(layer);
  const wireViews = wires.map((wire) => createWire(wire, hatch));
  const cardViews = cards.map((card, i) => createCard(story, card, i));
  const constantViews = constants.map(createConstant);
  const look = cards.length > MANY ? "st-picture many" : "st-picture";
  const viewBox = `${-MARGIN.x} ${-MARGIN.top} ${size[0]} ${size[1]}`;
  const svg = s(
    "svg",
    { class: look, viewBox, width: size[0], height: size[1], role: "img", "aria-label": story.summary },
    s("defs", {}, createHatch(hatch)),
    s("g", {}, ...areas.flatMap(createArea)),
    under,
    s("g", {}, ...wireViews.map((view) => view.element)),
    s("g", {}, ...constantViews, ...cardViews.map((view) => view.element)),
    s("g", {}, ...wireViews.flatMap((view) => view.pill ?? [])),
    over,
    packets,
  );

  const drawn = [
    ...cardViews.map((view, i) => hideable(view.element, corners(cards[i]))),
    ...constantViews.map((view, i) => hideable(view, corners(constants[i]))),
    ...wireViews.flatMap(({ element, pill }, i) => {
      const area = hull(wires[i].path);
      return [element, ...(pill ? [pill] : [])].map((part) => hideable(part, area));
    }),
  ];
  const firstSlot = slotsOf(story.nodes);
  const wireOf = (event) => (event?.kind === "contribute" ? firstSlot[event.node] + event.slot : -1);

  /** A frame around a card, `out` px outside it. */
  function around(i, look, out) {
    const { x, y, w, h: high } = cards[i];
    return s("rect", { class: look, x: x - out, y: y - out, width: w + 2 * out, height: high + 2 * out, rx: 9 + out });
  }

  /** Halos and glow below the cards; frames, rings and numbers above them. */
  function overlay({ state, event, lit, breakpoints, chosen }) {
    under.replaceChildren(...[...lit].map((i) => around(i, "st-halo", 0)));
    const marks = [...lit].map((i) => around(i, "st-now", 0));
    const wire = wires[wireOf(event)];
    if (wire) {
      const [x, y] = wire.from;
      under.append(s("path", { class: "st-glow", d: wire.path }));
      marks.push(s("path", { class: "st-head", d: `M${x + 1} ${y}l17 -10.5v21z` }));
    }
    if (chosen >= 0) marks.push(around(chosen, "st-chosen", 8));
    for (const i of breakpoints) marks.push(s("circle", { class: "st-stop", cx: cards[i].x, cy: cards[i].y, r: 7 }));
    const { node, word } = story.first ?? { node: -1, word: "" };
    if (node >= 0 && (isBroken(state.data[node]) || isBroken(state.grad[node]))) {
      const { x, y, w } = cards[node];
      marks.push(
        s("rect", { class: "st-tag", x: x + w - 72, y: y - 21, width: 72, height: 19, rx: 3 }),
        s("text", { class: "st-tag-word", x: x + w - 36, y: y - 7 }, word),
      );
    }
    // The numbers of the order stand where the gradients will.
    svg.classList.toggle("ordering", event?.kind === "order");
    if (event?.kind === "order") {
      cards.forEach(({ x, y, w, h: high }, i) => {
        const place = { class: "st-rank", x: x + w - 8, y: y + high / 2 + 13 };
        if (state.rank[i]) marks.push(s("text", place, `${state.rank[i]}.`));
      });
    }
    over.replaceChildren(...marks);
  }

  return {
    svg,
    size,
    boxes: cards.map(({ x, y, w, h: high }) => ({ x: x + MARGIN.x, y: y + MARGIN.top, w, h: high })),
    /** @param {{ state: any, event: any, lit: Set<number>, breakpoints: Set<number>, chosen: number }} place */
    show(place) {
      const { state, event, lit } = place;
      const visiting = /^(visit|contribute)$/.test(event?.kind) ? event.node : -1;
      const litWire = wireOf(event);
      cardViews.forEach((view, i) => {
        const [data, grad] = [state.data[i], state.grad[i]];
        const classes = ["st-card", story.nodes[i].role];
        if (data === null) classes.push("future");
        if (grad === null) classes.push("blank");
        if (isBroken(data) || isBroken(grad)) classes.push("broken");
        if (state.done[i]) classes.push("done");
        if (lit.has(i)) classes.push("lit");
        if (i === visiting) classes.push("visiting");
        view.show(classes.join(" "), data, grad, i === state.seed);
      });
      constantViews.forEach((view, i) => {
        view.classList.toggle("future", state.data[constants[i].node] === null);
      });
      wireViews.forEach((view, i) => {
        view.show(state.data[wires[i].node] === null, state.sent[i], i === litWire, story.scale);
      });
      overlay(place);
    },
    /** Of a large picture draw only what a part of it shows, with the halos that reach into it. */
    draw({ x, y, width, height }) {
      if (cards.length <= MANY) return;
      const [left, right] = [x - 2 * MARGIN.x, x + width];
      const [top, bottom] = [y - 2 * MARGIN.top, y + height];
      for (const { element, area, shown } of drawn) {
        shown(element, area[0] < right && area[2] > left && area[1] < bottom && area[3] > top);
      }
    },
    /** Leave a node with its edges, let the rest fall back; −1 ends it. */
    dim(node) {
      if (cards.length > MANY) return;
      svg.classList.toggle("dimmed", node >= 0);
      for (const element of svg.querySelectorAll(".near")) element.classList.remove("near");
      if (node < 0) return;
      cardViews[node].element.classList.add("near");
      wires.forEach((wire, i) => {
        if (wire.node !== node && wire.operand !== node) return;
        wireViews[i].element.classList.add("near");
        wireViews[i].pill?.classList.add("near");
        cardViews[wire.node].element.classList.add("near");
        if (wire.operand !== null) cardViews[wire.operand].element.classList.add("near");
      });
    },
    /** The contribution travels against the arrow. */
    fly(event, milliseconds) {
      const path = wireViews[wireOf(event)]?.line;
      if (!path) return;
      const text = formatNumber(event.product, true);
      const w = text.length * 8.4 + 14;
      const packet = s(
        "g",
        { class: "st-packet" },
        s("rect", { x: -w / 2, y: -13, width: w, height: 26, rx: 13 }),
        s("text", { y: 5 }, text),
      );
      packets.replaceChildren(packet);
      const length = path.getTotalLength();
      const began = performance.now();
      requestAnimationFrame(function move(now) {
        const t = Math.min(1, Math.max(0, (now - began) / milliseconds));
        const { x, y } = path.getPointAtLength(length * (1 - t * t * (3 - 2 * t)));
        packet.setAttribute("transform", `translate(${x} ${y})`);
        if (t < 1 && packet.isConnected) requestAnimationFrame(move);
        else packet.remove();
      });
    },
    land: () => packets.replaceChildren(),
  };
}

function hideable(element, area) {
  return { element, area, shown: onChange((part, seen) => (part.style.display = seen ? "" : "none")) };
}

function corners({ x, y, w, h: high }) {
  return [x, y, x + w, y + high];
}

/** The corners around a path of absolute points. */
function hull(path) {
  const numbers = path.match(/-?[\d.]+/g).map(Number);
  const [xs, ys] = [0, 1].map((odd) => numbers.filter((_, i) => i % 2 === odd));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function createHatch(id) {
  return s(
    "pattern",
    { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    s("rect", { class: "st-hatch-ground", width: 5, height: 5 }),
    s("path", { class: "st-hatch-line", d: "M0 0V5" }),
  );
}

function createArea({ x, y, w, h: high, title, depth }) {
  return [
    s("rect", { class: depth % 2 ? "st-area" : "st-area even", x, y, width: w, height: high, rx: 12 }),
    s("text", { class: "st-area-title", x: x + w / 2, y: y + 20 }, title),
  ];
}

function createConstant({ x, y, w, h: high, text }) {
  return s(
    "g",
    { class: "st-constant", transform: `translate(${x} ${y})` },
    s("rect", { width: w, height: high, rx: 3 }),
    s("text", { x: w / 2, y: high / 2 + 4.7 }, text),
  );
}

/** An edge: line, arrowhead at the user, outlet at the operand, and its pill, which stands in a layer above. */
function createWire(wire, hatch) {
  const [x, y] = wire.to;
  const line = s("path", { class: "st-edge", d: wire.path });
  const element = s("g", {}, line);
  let pill = null;
  if (wire.kind !== "constant") element.append(s("path", { class: "st-arrow", d: `M${x} ${y}l-8 -4.5v9z` }));
  if (wire.outlet > 1) {
    element.append(s("circle", { class: "st-outlet", cx: wire.from[0], cy: wire.from[1], r: wire.outlet }));
  }
  if (wire.pill) {
    const [px, py, w, text, full] = wire.pill;
    const shape = s("rect", { class: "st-shape", x: px - w / 2, y: py - 11, width: w, height: 22, rx: 11 });
    if (wire.kind === "saturated") shape.style.fill = `url(#${hatch})`;
    pill = s("g", {}, s("title", {}, `local derivative ${full}`), shape, s("text", { x: px, y: py + 4.7 }, text));
    if (wire.kind === "dead") {
      pill.append(s("rect", { class: "st-end", x: px + w / 2 + 6, y: py - 10, width: 4, height: 20 }));
    }
  }
  return {
    element,
    pill,
    line,
    show: onChange((future, sent, lit, scale) => {
      let look = wire.kind;
      if (future) look += " future";
      if (sent !== null) look += ` sent ${sent > 0 ? "positive" : sent < 0 ? "negative" : "zero"}`;
      if (lit) look += " lit";
      element.setAttribute("class", `st-wire ${look}`);
      pill?.setAttribute("class", `st-pill ${look}`);
      mark(line, "stroke-width", sent === null ? "1.4" : (1.4 + 3.4 * heatOf(scale, sent).part).toFixed(2));
    }),
  };
}

/** A value with its op: name and number, gradient on its tint, bar, socket. */
function createCard(story, { x, y, w, h: high, socket, name }, i) {
  const node = story.nodes[i];
  const top = (high - 60) / 2; // the rows stand in the middle of a card that many operands made taller
  const [left, right] = [socket + 8, w - 8];
  const middle = (left + right) / 2;
  const value = s("text", { class: "st-value", x: right, y: top + 19 });
  const heat = s("rect", { class: "st-heat", x: socket, y: top + 26, width: w - socket, height: 23 });
  const key = s("text", { class: "st-key", x: left, y: top + 42 });
  const gradient = s("text", { class: "st-gradient", x: right, y: top + 43 });
  const bar = s("rect", { class: "st-bar", y: top + 52, height: 5 });
  const element = s(
    "g",
    { transform: `translate(${x} ${y})`, "data-node": i },
    s("rect", { class: "st-body", width: w, height: high, rx: 9 }),
    heat,
    s("rect", { class: "st-track", x: left, y: top + 52, width: right - left, height: 5 }),
    bar,
    s("rect", { class: "st-zero", x: middle - 1, y: top + 50, width: 2, height: 8 }),
  );
  if (socket) {
    const word = node.symbol.length > 1;
    const look = word ? "st-op word" : "st-op";
    element.append(
      s("path", { class: "st-socket", d: `M${socket} 0V${high}H9a9 9 0 0 1 -9 -9V9a9 9 0 0 1 9 -9z` }),
      s("text", { class: look, x: socket / 2 + 0.5, y: high / 2 + (word ? 4.7 : 7.3) }, node.symbol),
    );
  }
  element.append(
    s("text", { class: node.named ? "st-name" : "st-name auto", x: left, y: top + 19 }, name),
    value,
    key,
    gradient,
    s("rect", { class: "st-outline", width: w, height: high, rx: 9 }),
  );
  return {
    element,
    show: onChange((classes, data, grad, isSeed) => {
      mark(element, "class", classes);
      element.dataset.value = reprNumber(data);
      element.dataset.grad = reprNumber(grad);
      write(value, data === null ? "" : formatNumber(data));
      write(gradient, data === null ? "" : formatNumber(grad, true));
      write(key, grad === null ? "" : isSeed ? "seed" : "grad");
      const tone = heatOf(story.scale, grad);
      tint(heat, tone);
      const length = grad ? Math.max(2, tone.part * (right - middle)) : 0;
      mark(bar, "class", grad < 0 ? "st-bar negative" : "st-bar positive");
      mark(bar, "width", length.toFixed(1));
      mark(bar, "x", (grad < 0 ? middle - length : middle).toFixed(1));
    }),
  };
}

// ---------------------------------------------------------------- the camera

/**
 * What of the picture is seen: all of it, what is told or chosen, or where the reader went.
 * @param {HTMLElement} frame
 * @param {ReturnType<typeof createPicture>} picture
 * @param {() => void} changed
 */
export function createCamera(frame, picture, changed) {
  const [width, height] = picture.size;
  const seen = s("rect", { class: "st-seen", rx: 16 });
  const blocks = picture.boxes.map(({ x, y, w, h: high }) => s("rect", { x, y, width: w, height: high, rx: 10 }));
  const map = s("svg", { class: "st-map", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  map.append(...blocks, seen);
  let room = { width: 1, height: 1 };
  let view = { x: 0, y: 0, k: 1 };
  let mode = "auto"; // or "fit", "follow", "free"

  function whole() {
    const k = Math.max(0.001, Math.min(1.5, room.width / width, room.height / height));
    return { x: width / 2 - room.width / 2 / k, y: height / 2 - room.height / 2 / k, k };
  }

  const follows = () => mode === "follow" || (mode === "auto" && whole().k < 0.6);

  /** Around some cards, at full size if they fit, never beyond the edge of the picture. */
  function closeTo(nodes) {
    const boxes = nodes.map((i) => picture.boxes[i]);
    const [left, top] = [Math.min(...boxes.map((b) => b.x)), Math.min(...boxes.map((b) => b.y))];
    const [right, bottom] = [Math.max(...boxes.map((b) => b.x + b.w)), Math.max(...boxes.map((b) => b.y + b.h))];
    const wanted = Math.min(1, room.width / (right - left + 44), room.height / (bottom - top + 44));
    if (wanted < 0.5 && nodes.length > 1) return closeTo(nodes.slice(1)); // far apart: the one that receives
    const k = Math.max(whole().k, wanted);
    const begin = (centre, part, all) =>
      part > all ? (all - part) / 2 : Math.max(0, Math.min(all - part, centre - part / 2));
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    return { x: begin(x, room.width / k, width), y: begin(y, room.height / k, height), k };
  }

  function put(next, flying = false) {
    view = next;
    const { x, y, k } = view;
    const part = { x, y, width: room.width / k, height: room.height / k };
    picture.draw(part);
    frame.classList.toggle("flying", flying && picture.boxes.length <= MANY);
    picture.svg.style.transform = `translate(${(-x * k).toFixed(1)}px,${(-y * k).toFixed(1)}px) scale(${k.toFixed(4)})`;
    picture.svg.classList.toggle("far", k < 0.35);
    frame.classList.toggle("whole", k <= whole().k * 1.01);
    for (const name in part) mark(seen, name, part[name].toFixed(1));
    changed();
  }

  return {
    map,
    follows,
    /** What is known and what is told, on the map. */
    show({ state, lit }) {
      blocks.forEach((block, i) => {
        mark(block, "class", `${state.grad[i] === null ? "" : "known"} ${lit.has(i) ? "lit" : ""}`);
      });
    },
    /** Where a card is seen, in px of the frame. */
    placeOf(node) {
      const { x, y, w, h: high } = picture.boxes[node];
      return { x: (x - view.x) * view.k, y: (y - view.y) * view.k, w: w * view.k, h: high * view.k };
    },
    resize(w, high) {
      room = { width: Math.max(1, w), height: Math.max(1, high) };
    },
    aim(nodes, flying = false) {
      if (mode === "free") return;
      put(follows() && nodes.length ? closeTo(nodes) : whole(), flying);
    },
    set(next) {
      mode = next;
    },
    goTo(node) {
      if (follows() || mode === "free") put(closeTo([node]), true);
    },
    zoom(factor, x = room.width / 2, y = room.height / 2) {
      mode = "free";
      const k = Math.max(Math.min(0.5, whole().k), Math.min(4, view.k * factor));
      put({ x: view.x + x / view.k - x / k, y: view.y + y / view.k - y / k, k });
    },
    pan(dx, dy) {
      mode = "free";
      put({ ...view, x: view.x - dx / view.k, y: view.y - dy / view.k });
    },
    /** Look at a point of the map, given in px. */
    jump(across, down) {
      mode = "free";
      const { clientWidth, clientHeight } = map;
      const k = Math.min(clientWidth / width, clientHeight / height); // it stands in the middle of its box
      const x = (across - clientWidth / 2) / k + width / 2;
      const y = (down - clientHeight / 2) / k + height / 2;
      put({ ...view, x: x - room.width / 2 / view.k, y: y - room.height / 2 / view.k });
    },
  };
}

/**
 * Drag to pan, pinch or ctrl and wheel to zoom, click to choose.
 * @param {HTMLElement} frame
 * @param {ReturnType<typeof createCamera>} camera
 * @param {(node: number) => void} choose told −1 for a click beside every card
 * @param {AbortSignal} signal
 */
export function handlePointers(frame, camera, choose, signal) {
  const fingers = new Map();
  let travelled = 0;
  const on = (name, handle, passive = true) => frame.addEventListener(name, handle, { signal, passive });
  const placeOf = (event) => {
    const { left, top } = frame.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  on("pointerdown", (event) => {
    if (event.target.closest("button, .st-tip")) return;
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, placeOf(event));
  });
  on("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = placeOf(event);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    fingers.set(event.pointerId, now);
    if (travelled < 5) return;
    frame.setPointerCapture(event.pointerId); // not before: a captured click would miss its card
    const other = [...fingers].find(([finger]) => finger !== event.pointerId)?.[1];
    if (!other) return camera.pan(now.x - before.x, now.y - before.y);
    const spread = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    camera.zoom(spread(now) / spread(before), other.x, other.y);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    on(end, (event) => fingers.delete(event.pointerId));
  }
  on("click", (event) => {
    if (travelled >= 5 || event.target.closest("button, .st-tip")) return;
    choose(Number(event.target.closest("[data-node]")?.dataset.node ?? -1));
  });
  const zoom = (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls the notebook
    event.preventDefault();
    const { x, y } = placeOf(event);
    camera.zoom(Math.exp(-event.deltaY / 300), x, y);
  };
  on("wheel", zoom, false);
}
