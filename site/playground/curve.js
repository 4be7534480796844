/** An activation, its derivative, and the point at which the expression applies it. Drawn; the engine computed it. */

import { s } from "./player/picture.js";
import { formatNumber } from "./player/story.js";

const SIZE = { width: 320, height: 200, left: 30, right: 10, top: 12, bottom: 22 };

/**
 * @param {{ op: string, x: number | null, value: number | null, slope: number | null, texts: string[], reach: number,
 *   saturated: boolean, pieces: [number, number, number, boolean][][] }} curve
 */
export function drawnCurve(curve) {
  const { width, height, left, right, top, bottom } = SIZE;
  const points = curve.pieces.flat();
  const [low, high] = [Math.min(-0.2, ...points.map(lowest)), Math.max(1.2, ...points.map(highest))];
  const x = (/** @type {number} */ at) => left + ((at + curve.reach) / (2 * curve.reach)) * (width - left - right);
  const y = (/** @type {number} */ at) => height - bottom - ((at - low) / (high - low)) * (height - top - bottom);
  const line = (/** @type {1 | 2} */ column, /** @type {string} */ look) =>
    s("path", { class: look, d: curve.pieces.map((piece) => path(piece.map((p) => [x(p[0]), y(p[column])]))).join("") });
  const text = (/** @type {object} */ facts, /** @type {string} */ words) => s("text", facts, words);
  const ticks = [-curve.reach, 0, curve.reach].map((at) =>
    text({ x: x(at), y: height - 6, "text-anchor": at < 0 ? "start" : at ? "end" : "middle" }, formatNumber(at)),
  );
  const levels = [...new Set([low < -0.9 ? -1 : 0, 0, 1, Math.floor(high)])].map((at) =>
    text({ x: left - 6, y: y(at) + 4, "text-anchor": "end" }, formatNumber(at)),
  );
  const svg = s(
    "svg",
    { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": described(curve) },
    ...zones(curve).map(([a, b]) =>
      s("rect", { class: "zone", x: x(a), y: top, width: x(b) - x(a), height: height - top - bottom }),
    ),
    s("path", { class: "axis", d: `M${left} ${y(0)}H${width - right}M${x(0)} ${top}V${height - bottom}` }),
    ...ticks,
    ...levels,
    line(1, "value"),
    line(2, "slope"),
  );
  if (curve.x !== null && curve.value !== null && Math.abs(curve.x) <= curve.reach) {
    const [px, py] = [x(curve.x), y(curve.value)];
    if (curve.slope !== null) svg.append(s("path", { class: "tangent", d: tangent(px, py, curve.slope, x, y) }));
    svg.append(s("circle", { class: "point", cx: px, cy: py, r: 6 }));
    if (curve.slope !== null) svg.append(s("circle", { class: "point slope", cx: px, cy: y(curve.slope), r: 4 }));
  }
  return svg;
}

/** @param {{ op: string, texts: string[], saturated: boolean }} curve */
export function described({ op, texts: [x, value, slope], saturated }) {
  return `${op}(${x}) = ${value}, slope ${slope}${saturated ? ": saturated, hardly any gradient passes" : ""}`;
}

const lowest = (/** @type {any} */ [, value, slope]) => Math.min(value, slope);
const highest = (/** @type {any} */ [, value, slope]) => Math.max(value, slope);

function path(/** @type {number[][]} */ points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** A short line through the point, as steep as the curve is there. */
function tangent(px, py, slope, x, y) {
  const [dx, dy] = [x(1) - x(0), (y(1) - y(0)) * slope];
  const length = 46 / Math.hypot(dx, dy);
  return path([
    [px - dx * length, py - dy * length],
    [px + dx * length, py + dy * length],
  ]);
}

/** From where to where the activation is saturated. */
function zones({ pieces }) {
  const found = /** @type {number[][]} */ ([]);
  let open = false;
  for (const [x, , , saturated] of pieces.flat()) {
    if (saturated && open) found[found.length - 1][1] = x;
    else if (saturated) found.push([x, x]);
    open = saturated;
  }
  return found.filter(([a, b]) => b > a);
}
