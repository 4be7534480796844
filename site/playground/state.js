/**
 * What the playground shows, as plain data: the link, the file and the page hold the same. A link or a file may come
 * from anybody, so only what is described here is taken from it: bounded, of the right kind, copied one by one.
 *
 * @typedef {{ hidden: number, activation: string, rate: number, seed: number, steps: number,
 *   weights: number[] | null }} Network
 * @typedef {{ expression: string, numbers: Record<string, number>, place: number, position: number | null,
 *   theme: string, network: Network }} State  position: of the stepper, in events; null is the end
 */

export const VERSION = 1;
export const LONGEST = 20_000; // characters of a link or a file
export const LIMITS = /** @type {Record<string, [number, number]>} */ ({ hidden: [1, 16], rate: [1e-4, 10], seed: [0, 9999] });
const NAME = /^[\p{L}_][\p{L}\p{N}_]{0,29}$/u;

/** @returns {State} */
export function firstState() {
  return {
    expression: "n = w*x + b; h = tanh(n)",
    numbers: table(Object.entries({ w: 2, x: 0.5, b: -1.5 })),
    place: 0,
    position: null,
    theme: "",
    network: { hidden: 8, activation: "tanh", rate: 0.5, seed: 0, steps: 0, weights: null },
  };
}

/**
 * The state that a text holds.
 * @param {string} text
 * @returns {State}
 * @throws {Error} in words, if it holds none
 */
export function stateFrom(text) {
  if (text.length > LONGEST) throw new Error(`it has ${text.length} characters, more than ${LONGEST}`);
  const given = parsed(text);
  const first = firstState();
  if (!isRecord(given) || given.stepgrad !== VERSION) throw new Error(`it does not say "stepgrad": ${VERSION}`);
  const expression = given.expression ?? first.expression;
  if (typeof expression !== "string") throw new Error("its expression is no text");
  const network = given.network ?? {};
  if (!isRecord(network)) throw new Error("its network is none");
  const activation = network.activation ?? first.network.activation;
  if (typeof activation !== "string" || !NAME.test(activation)) throw new Error("its activation is no name");
  const theme = given.theme ?? "";
  if (!["", "light", "dark"].includes(theme)) throw new Error("its theme is neither light nor dark");
  return {
    expression,
    numbers: numbersFrom(given.numbers ?? first.numbers),
    place: number("place", given.place ?? 0, 0, 100, true),
    position: given.position === undefined ? null : number("position", given.position, 0, 1e6, true),
    theme,
    network: {
      hidden: number("hidden", network.hidden ?? first.network.hidden, ...LIMITS.hidden, true),
      activation,
      rate: number("rate", network.rate ?? first.network.rate, ...LIMITS.rate),
      seed: number("seed", network.seed ?? first.network.seed, ...LIMITS.seed, true),
      steps: number("steps", network.steps ?? 0, 0, 1e6, true),
      weights: network.weights === undefined ? null : weightsFrom(network.weights),
    },
  };
}

/** @param {State} state */
export function textOf({ expression, numbers, place, position, theme, network }, indent = 0) {
  const { weights, steps, ...chosen } = network;
  const trained = weights && steps ? { ...chosen, steps, weights } : chosen;
  const told = { stepgrad: VERSION, expression, numbers, place: place || undefined, position: position ?? undefined };
  return JSON.stringify({ ...told, theme: theme || undefined, network: trained }, null, indent);
}

/**
 * The state in a fragment; null if there is no fragment.
 * @param {string} fragment
 * @throws {Error} in words
 */
export function stateInLink(fragment) {
  if (fragment.length < 2) return null;
  if (fragment.length > 3 * LONGEST) throw new Error(`it has ${fragment.length} characters, more than ${3 * LONGEST}`);
  let text = "";
  try {
    text = decodeURIComponent(fragment.slice(1));
  } catch {
    throw new Error("it is damaged");
  }
  return stateFrom(text);
}

/** @param {State} state */
export function linkTo(state) {
  return `#${encodeURIComponent(textOf(state))}`;
}

// ---------------------------------------------------------------- of the right kind

/**
 * Numbers by name. It inherits nothing, so that a name may be any word.
 * @param {[string, number][]} pairs
 * @returns {Record<string, number>}
 */
export function table(pairs) {
  const made = Object.create(null);
  for (const [name, x] of pairs) made[name] = x;
  return made;
}

function parsed(/** @type {string} */ text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is no JSON");
  }
}

function isRecord(/** @type {any} */ x) {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

function number(/** @type {string} */ name, /** @type {any} */ x, least = -1e12, most = 1e12, whole = false) {
  if (typeof x !== "number" || !(x >= least && x <= most) || (whole && !Number.isInteger(x))) {
    throw new Error(`its ${name} is no ${whole ? "whole " : ""}number from ${least} to ${most}`);
  }
  return x;
}

function numbersFrom(/** @type {any} */ given) {
  if (!isRecord(given)) throw new Error("its numbers are no table");
  const pairs = Object.entries(given);
  if (pairs.length > 50) throw new Error(`it has ${pairs.length} numbers, more than 50`);
  for (const [name, x] of pairs) {
    if (!NAME.test(name)) throw new Error("one of its numbers has a name that is none");
    number(name, x);
  }
  return table(pairs);
}

function weightsFrom(/** @type {any} */ given) {
  if (!Array.isArray(given) || given.length > 100) throw new Error("its weights are no list of at most 100");
  return given.map((weight) => number("weight", weight));
}
