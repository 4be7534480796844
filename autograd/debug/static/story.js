/**
 * A story is a trace as the player gets it: nodes and told events, laid out and put into words by `debug/page.py`.
 * Here is what can be computed from it without a browser: the text of numbers, what is known at a place, where a
 * move leads, what a key means.
 *
 * @typedef {{ kind: string, node: number, slot?: number, operand?: number, upstream?: number, local?: number,
 *   product?: number, before?: number, after?: number, rule?: string, title: string, sentence: string,
 *   symbols?: string[] }} Event
 * @typedef {{ name: string, full: string, named: boolean, role: string, made: string, symbol: string,
 *   operands: (number | null)[], constants: (number | null)[], data: number, scope: string[],
 *   line: number | null }} Node
 * @typedef {{ nodes: Node[], events: Event[], lines: { file: string, number: number, text: string }[],
 *   picture: any, scale: { full: number, name: string, linear: number }, keys: Record<string, string[]>,
 *   [other: string]: any }} Story
 * @typedef {{ position: number, told: number }} Stop  where a step ends, and the event that it is about (−1: none)
 */

// ---------------------------------------------------------------- numbers

/**
 * The twin of `value_text` and `gradient_text` in `draw/numbers.py`: 4 significant digits, half away from zero.
 * @param {number | null | undefined} x
 * @param {boolean} [signed] a gradient or a contribution, which has its sign always
 */
export function formatNumber(x, signed = false, digits = 4) {
  if (x === null || x === undefined) return "not computed";
  if (Number.isNaN(x)) return "nan";
  if (x === 0) return "0";
  const sign = x < 0 ? "−" : signed ? "+" : "";
  if (!Number.isFinite(x)) return sign + "inf";
  const size = Math.abs(x);
  const whole = Number(size.toExponential().split("e")[1]) + 1;
  const [mantissa, power] = size.toExponential((whole <= 5 ? Math.max(digits, whole) : digits) - 1).split("e");
  // Through Number, which drops trailing zeros; so few digits come back as they were.
  if (-3 <= Number(power) && Number(power) < 5) return sign + Number(`${mantissa}e${power}`);
  return `${sign}${Number(mantissa)}e${power.replace("+", "").replace("-", "−")}`;
}

/**
 * A number as Python's repr writes it: all its digits, in ASCII.
 * @param {number | null | undefined} x
 */
export function reprNumber(x) {
  if (x === null || x === undefined) return "not computed";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const [mantissa, power] = x.toExponential().split("e");
  const size = Number(power);
  if (size < -4 || size >= 16) return `${mantissa}e${size < 0 ? "-" : "+"}${String(Math.abs(size)).padStart(2, "0")}`;
  if (size < 0) {
    const digits = mantissa.replace("-", "").replace(".", "");
    return `${x < 0 ? "-" : ""}0.${"0".repeat(-size - 1)}${digits}`;
  }
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

/**
 * How a gradient is tinted: the stop (p1..p4, n1..n4) that its tint leads to, how far, and the part of a full bar.
 * @param {{ full: number, name: string, linear: number }} scale
 * @param {number | null | undefined} gradient
 */
export function heatOf(scale, gradient) {
  if (!gradient || !Number.isFinite(gradient)) return { stop: "", mix: 0, part: 0 };
  const size = Math.min(1, Math.abs(gradient) / scale.full);
  const part = scale.name === "linear" ? size : Math.log1p(size / scale.linear) / Math.log1p(1 / scale.linear);
  const at = Math.min(3, Math.floor(part * 4));
  return { stop: `${gradient > 0 ? "p" : "n"}${at + 1}`, mix: part * 4 - at, part };
}

// ---------------------------------------------------------------- the story, and places in it

const NUMBERS = ["upstream", "local", "product", "before", "after", "data"];
const WORDS = /** @type {Record<string, number>} */ ({ nan: NaN, inf: Infinity, "-inf": -Infinity });

/**
 * A story from its JSON, in which nan and ±inf are words.
 * @param {string} text
 * @returns {Story}
 */
export function storyFrom(text) {
  const story = JSON.parse(text);
  const real = (/** @type {any} */ x) => (typeof x === "string" ? WORDS[x] : x);
  for (const facts of [...story.nodes, ...story.events]) {
    for (const name of NUMBERS) if (name in facts) facts[name] = real(facts[name]);
    if (facts.constants) facts.constants = facts.constants.map(real);
  }
  return story;
}

/**
 * Where stepping stops. A leaf comes with the node that uses it, a topological order is one step, and the end of a
 * gradient belongs to the contribution that completed it.
 * @param {Story} story
 * @returns {Stop[]}
 */
export function stopsOf({ nodes, events }) {
  const stops = [{ position: 0, told: -1 }];
  events.forEach((event, i) => {
    const last = stops[stops.length - 1];
    const isLeaf = event.kind === "create" && nodes[event.node].role === "leaf";
    const goesOn = event.kind === "order" && events[i + 1]?.kind === "order";
    if (event.kind === "finish" && last.told >= 0 && last.position === i) last.position = i + 1;
    else if (i === events.length - 1 || !(isLeaf || goesOn || event.kind === "finish")) {
      stops.push({ position: i + 1, told: i });
    }
  });
  return stops;
}

/**
 * The number of the last stop that is not behind a position.
 * @param {Stop[]} stops
 * @param {number} position
 */
export function stopAt(stops, position) {
  let low = 0;
  let high = stops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stops[middle].position <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * What is known when `position` events have happened: the same as in the State of `debug/cursor.py`, and for each
 * operand slot (numbered through, node by node) what went through it, and the number of each node in the order.
 * @param {Story} story
 * @param {number} position
 */
export function stateAt({ nodes, events }, position) {
  const first = slotsOf(nodes);
  const per = (/** @type {any} */ value) => new Array(nodes.length).fill(value);
  const state = {
    data: /** @type {(number | null)[]} */ (per(null)),
    grad: /** @type {(number | null)[]} */ (per(null)),
    arrived: per(0),
    done: per(false),
    rank: per(0),
    sent: /** @type {(number | null)[]} */ (new Array(first[nodes.length]).fill(null)),
    passes: 0,
    began: -1,
    seed: -1,
  };
  let ordered = 0;
  for (let i = 0; i < position; i++) {
    const { kind, node, slot = 0, operand = node, product = null, after = null } = events[i];
    if (kind === "create") state.data[node] = nodes[node].data;
    else if (kind === "update") state.data[node] = after;
    else if (kind === "order") {
      if (i === 0 || events[i - 1].kind !== "order") {
        Object.assign(state, { grad: per(null), arrived: per(0), done: per(false), rank: per(0), seed: -1, began: i });
        state.sent.fill(null);
        state.passes++;
        ordered = 0;
      }
      state.rank[node] = ++ordered;
    } else if (kind === "seed") {
      state.grad[node] = after;
      state.seed = node;
    } else if (kind === "contribute") {
      state.grad[operand] = after;
      state.arrived[operand]++;
      state.sent[first[node] + slot] = product;
    } else if (kind === "visit" || nodes[node].role === "leaf") state.done[node] = true;
  }
  return state;
}

/**
 * The number of the first slot of each node, and of all slots at the end.
 * @param {Node[]} nodes
 */
export function slotsOf(nodes) {
  const first = [0];
  for (const node of nodes) first.push(first[first.length - 1] + node.operands.length);
  return first;
}

/**
 * How many contributions each node gets in the pass whose order begins at event `began`; before any, in the first.
 * @param {Story} story
 * @param {number} began
 */
export function expectedIn({ nodes, events }, began) {
  const expected = new Array(nodes.length).fill(0);
  let seeded = false;
  for (const { kind, operand } of events.slice(Math.max(0, began))) {
    if (kind === "seed") seeded = true;
    else if (kind === "contribute") expected[/** @type {number} */ (operand)]++;
    else if (kind === "order" && seeded) break;
  }
  return expected;
}

/**
 * The event that is told at a position: that of the stop, or between stops the last one that has happened; −1: none.
 * @param {Stop[]} stops
 * @param {number} position
 */
export function toldAt(stops, position) {
  const stop = stops[stopAt(stops, position)];
  return stop.position === position ? stop.told : position - 1;
}

/**
 * Where a move leads: a position. Moves go from stop to stop; those to the next of something go to the end where there
 * is none. The groups are those of the node whose event is told.
 * @param {Story} story
 * @param {Stop[]} stops
 * @param {number} position
 * @param {string} move
 * @param {Set<number>} [breakpoints]
 */
export function moved({ nodes, events }, stops, position, move, breakpoints = new Set()) {
  const at = stopAt(stops, position);
  const told = toldAt(stops, position);
  const here = told < 0 ? [] : nodes[events[told].node].scope;
  /** @param {(event: Event) => boolean} holds */
  const ahead = (holds, otherwise = events.length) =>
    stops.find((stop, i) => i > at && holds(events[stop.told]))?.position ?? otherwise;
  /** @param {Event} event */
  const begins = ({ kind }) => /^(create|seed|visit|update)$/.test(kind);
  switch (move) {
    case "next":
      return stops[Math.min(at + 1, stops.length - 1)].position;
    case "back":
      return stops[stops[at].position < position ? at : Math.max(at - 1, 0)].position;
    case "next_node":
      return ahead(begins);
    case "previous_node":
      return stops.findLast(({ told }, i) => 0 < i && i < at && begins(events[told]))?.position ?? 0;
    case "continue": // to a breakpoint: any event at the node, or into it
      return ahead(({ node, operand = node }) => breakpoints.has(node) || breakpoints.has(operand));
    case "up": // out of the innermost group; outside of any there is nothing to leave
      return here.length ? ahead(({ node }) => isOutside(nodes[node].scope, here)) : position;
    case "down": // into the next group that is neither the present one nor around it, if there is one
      return ahead(({ node }) => isOutside(here, nodes[node].scope), position);
    case "end":
      return events.length;
    default:
      return 0;
  }
}

/**
 * Whether a scope is neither a group nor anything within it.
 * @param {string[]} scope
 * @param {string[]} group
 */
function isOutside(scope, group) {
  return group.some((name, depth) => name !== scope[depth]);
}

/**
 * What a key means, by the names in `tokens.json`.
 * @param {Record<string, string[]>} keys
 * @param {string} key as in KeyboardEvent.key
 */
export function actionOf(keys, key) {
  const name = key === " " ? "Space" : key;
  return Object.keys(keys).find((action) => action !== "zoom" && keys[action].includes(name)) ?? "";
}

/** @param {string} kind of an event */
export function phaseOf(kind) {
  return { create: "forward", order: "order", update: "update" }[kind] ?? "backward";
}

/**
 * The marks of the timeline, one path for each look. Where there are more stops than pixels, those that fall on the
 * same one and look the same are one mark.
 * @param {Story} story
 * @param {Stop[]} stops
 * @param {number} width
 */
export function marksOf({ events }, stops, width) {
  const marks = /** @type {Record<string, Set<number>>} */ ({});
  stops.forEach(({ told }, i) => {
    if (told < 0) return;
    const { kind, product = 0 } = events[told];
    const look = kind === "seed" ? "seed" : kind !== "contribute" ? "tick" : product < 0 ? "negative" : "positive";
    (marks[look] ??= new Set()).add(placeOn(i, stops.length, width));
  });
  const span = /** @type {Record<string, string>} */ ({
    seed: "2V13",
    positive: "2V13",
    negative: "13V24",
    tick: "9V17",
  });
  return Object.entries(marks).map(([look, places]) => ({
    look,
    path: [...places].map((x) => `M${x} ${span[look]}`).join(""),
  }));
}

/**
 * Where stop `i` of `count` stands on a rail of that width, in whole px.
 * @param {number} i
 * @param {number} count
 * @param {number} width
 */
export function placeOn(i, count, width) {
  return Math.round(8 + ((width - 16) * i) / Math.max(1, count - 1));
}
