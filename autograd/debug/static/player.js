/**
 * Steps through a story. The offline page and the notebook widget run these modules, joined into one: `render` builds
 * the view, wires it, and returns what undoes the wiring. Text enters by textContent only.
 */

import {
  actionOf,
  expectedIn,
  moved,
  phaseOf,
  reprNumber,
  stateAt,
  stopAt,
  stopsOf,
  storyFrom,
  toldAt,
} from "./story.js";
import { createCamera, createPicture, h, handlePointers, mark, s, write } from "./picture.js";
import { createFormula, createSource, createTable, createTimeline } from "./panes.js";

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

function button(action, label, look = "") {
  const made = h("button", { type: "button", class: look, "data-action": action });
  relabel(made, action, label);
  return made;
}

function relabel(made, name, label) {
  made.replaceChildren(...(ICONS[name] ? [icon(name)] : []), h("span", { class: "st-label" }, label));
  made.setAttribute("aria-label", label);
}

// ---------------------------------------------------------------- dialogs and tip

function createDialog(label, ...children) {
  const close = h("button", { type: "button", "data-action": "close" }, "Close");
  return h("dialog", { class: "st-dialog", "aria-label": label }, ...children, close);
}

/** All keys. Each row does what it says, for those who have no keyboard. */
function createHelp(keys) {
  const rows = Object.entries(ACTIONS).map(([action, label]) => {
    const caps = (keys[action] ?? []).map((key) => h("kbd", {}, KEYCAPS[key] ?? key));
    return h("button", { type: "button", "data-action": action }, h("span", {}, label), h("span", {}, ...caps));
  });
  return createDialog("Keys", h("b", {}, "What you can do, and its keys"), h("div", { class: "st-list" }, ...rows));
}

/** Find a node by a part of its name. */
function createFinder({ nodes }, choose) {
  const input = h("input", { type: "text", "aria-label": "Name of a node", placeholder: "name of a node" });
  const found = h("div", { class: "st-found" });
  const dialog = createDialog("Find a node", input, found);
  const row = (i) => {
    const made = h("button", { type: "button" }, h("b", {}, nodes[i].full), h("span", {}, nodes[i].made));
    made.onclick = () => {
      dialog.close();
      choose(i);
    };
    return made;
  };
  input.oninput = () => {
    const wanted = input.value.trim().toLowerCase();
    const places = nodes.map(({ full }) => (wanted ? full.toLowerCase().indexOf(wanted) : -1));
    const hits = places.flatMap((place, i) => (place < 0 ? [] : [i]));
    hits.sort((a, b) => places[a] - places[b] || nodes[a].full.length - nodes[b].full.length || a - b);
    const rest = hits.length > 8 ? `and ${hits.length - 8} more` : wanted && !hits.length ? "no such node" : "";
    found.replaceChildren(...hits.slice(0, 8).map(row), h("p", {}, rest));
  };
  input.onkeydown = ({ key }) => {
    if (key === "Enter") found.querySelector("button")?.click();
  };
  return {
    dialog,
    open() {
      dialog.showModal();
      input.select();
    },
  };
}

/** Everything about a node, in full, beside its card. */
function createTip(story, frame) {
  const element = h("div", { class: "st-tip", hidden: "" });

  /** Below, above, right or left of the card, where there is room first. */
  function place({ x, y, w, h: high }) {
    const [across, down] = [frame.clientWidth - element.offsetWidth - 4, frame.clientHeight - element.offsetHeight - 4];
    const within = (at, most) => Math.max(4, Math.min(most, at));
    const places = [
      { left: within(x, across), top: y + high + 10 },
      { left: within(x, across), top: y - element.offsetHeight - 10 },
      { left: x + w + 24, top: within(y, down) },
      { left: x - element.offsetWidth - 24, top: within(y, down) },
    ];
    const fits = ({ left, top }) => left >= 0 && left <= across && top >= 0 && top <= down;
    const { left, top } = places.find(fits) ?? places[0];
    element.style.left = `${within(left, across)}px`;
    element.style.top = `${within(top, down)}px`;
  }

  return {
    element,
    hide() {
      element.hidden = true;
    },
    show(node, state, card, ...more) {
      const { full, made, scope, line } = story.nodes[node];
      const at = line === null ? null : story.lines[line];
      const facts = [
        ["made by", made],
        ["value", reprNumber(state.data[node])],
      ];
      facts.push(["gradient", reprNumber(state.grad[node])]);
      if (scope.length) facts.push(["group", scope.join(" / ")]);
      if (at?.file) facts.push([`${at.file}:${at.number}`, at.text]);
      const rows = facts.flatMap(([word, text]) => [h("dt", {}, word), h("dd", {}, text)]);
      element.replaceChildren(h("b", {}, full), h("dl", {}, ...rows), ...more);
      element.hidden = false;
      place(card);
    },
  };
}

// ---------------------------------------------------------------- the player

/** @param {{ model: any, el: HTMLElement }} given as anywidget gives them */
export function render({ model, el }) {
  const story = storyFrom(model.get("story"));
  const stops = stopsOf(story);
  const end = story.events.length;
  const keys = { ...story.keys, ...MORE_KEYS };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const breakpoints = new Set();
  const speeds = story.motion.play_speeds;
  let speed = speeds.indexOf(1);
  let timer = 0;
  let position = 0; // how many events have happened
  let told = null; // the event that is told
  let state = stateAt(story, 0);
  let pass = { began: NaN, expected: expectedIn(story, -1) };
  let chosen = -1;

  // ---- what there is

  const formula = createFormula(story);
  const table = createTable(story);
  const source = createSource(story);
  const timeline = createTimeline(story, stops);

  const where = h("span", { class: "st-where" });
  const heading = [h("b", {}, "stepgrad"), h("code", { title: story.title }, story.title), where];
  const header = h("header", { class: "st-header" }, ...heading);
  header.append(button("find", "Find", "quiet"), button("theme", "Dark or light"), button("help", "?"));

  const frame = h("div", { class: "st-frame" });
  const strip = h("div", { class: "st-strip" });
  const main = h("main", { class: "st-graph", "aria-label": "Picture" }, frame, strip);
  const tip = createTip(story, frame);
  const followButton = button("follow", "Follow");
  const picture = story.picture && createPicture(story);
  const follows = () => mark(followButton, "aria-pressed", `${camera.follows()}`);
  const camera = picture && createCamera(frame, picture, follows);
  if (picture) {
    const legend = story.legend.map(([text, role]) => h("span", { class: role }, text));
    const tools = h("div", { class: "st-tools", role: "group", "aria-label": "Camera" });
    tools.append(button("zoom_out", "Zoom out"), button("zoom_in", "Zoom in"), button("fit", "Fit"), followButton);
    frame.append(picture.svg, tip.element);
    strip.append(camera.map, h("p", { class: "st-legend" }, ...legend), tools);
  } else frame.append(h("p", { class: "st-note" }, story.note));

  const tabs = ["values", "source"].map((name) => h("button", { type: "button", role: "tab", "data-tab": name }));
  ["Values", "Source"].forEach((name, i) => tabs[i].append(name));
  const data = h("section", { class: "st-data", "aria-label": "Values and source" });
  data.append(h("div", { class: "st-tabs", role: "tablist" }, ...tabs), table.element, source.element);

  const backward = [button("start", "Start"), button("back", "Back")];
  const forward = [button("next", "Step", "main"), button("next_node", "Next node"), button("end", "End")];
  const playButton = button("play", "Play");
  const speedButton = button("speed", "1×", "wide");
  const continueButton = button("continue", "Continue", "wide");
  const hint = { n: "step", b: "back", space: "play", "?": "all keys" };
  const hints = Object.entries(hint).flatMap(([key, word]) => [h("kbd", {}, key), ` ${word}  `]);
  const controls = h("nav", { class: "st-controls", "aria-label": "Stepping" }, ...backward, playButton, ...forward);
  controls.append(continueButton, speedButton, h("span", { class: "st-hint" }, ...hints));
  continueButton.hidden = true;

  const help = createHelp(keys);
  const finder = createFinder(story, choose);
  const app = h("div", { class: "st-app" }, header, formula.element, main, data, timeline.element, controls);
  const root = h("div", { class: "stepgrad", tabindex: "-1" }, app, help, finder.dialog);
  for (const made of root.querySelectorAll("[data-action]")) {
    const { action = "" } = /** @type {HTMLElement} */ (made).dataset;
    const caps = (keys[action] ?? []).map((key) => KEYCAPS[key] ?? key).join(" ");
    if (caps) made.setAttribute("title", `${ACTIONS[action] ?? "Keys"} (${caps})`);
  }
  el.append(root);

  // ---- showing a place

  /** Bring everything to the position, without moving the camera and the panes. */
  function refresh() {
    const at = stopAt(stops, position);
    const event = story.events[toldAt(stops, position)] ?? null;
    told = event;
    state = stateAt(story, position);
    if (state.began !== pass.began) pass = { began: state.began, expected: expectedIn(story, state.began) };
    const lit = new Set(event ? [event.node, event.operand ?? event.node] : []);
    const place = { state, event, lit, breakpoints, chosen };
    const isWhole = event?.operand === undefined || state.arrived[event.operand] === pass.expected[event.operand];
    formula.sentence.setAttribute("aria-live", timer ? "off" : "polite");
    formula.show(event, state, isWhole);
    table.show(place, pass.expected);
    source.show(place);
    picture?.show(place);
    camera?.show(place);
    const count = `step ${at} of ${stops.length - 1}`;
    write(where, `${event ? phaseOf(event.kind) : "start"} · ${count}`);
    timeline.show(at, `${count}: ${event?.title ?? "start"}`);
    for (const made of backward) made.disabled = position === 0;
    for (const made of forward) made.disabled = position === end;
  }

  function show(flying = false) {
    refresh();
    point(-1);
    aim();
    if (told) table.reveal(told.operand ?? told.node);
    if (told && story.nodes[told.node].line !== null) source.reveal(story.nodes[told.node].line);
    picture?.land();
    if (flying && !still.matches) picture?.fly(told, story.motion.packet_ms);
  }

  /** Point the camera at the chosen node, or at what is told. */
  function aim() {
    camera?.aim(chosen >= 0 ? [chosen] : told ? [told.node, told.operand ?? told.node] : [], !still.matches);
  }

  function go(next, flying = false) {
    position = Math.max(0, Math.min(end, next));
    show(flying);
    if (model.get("position") === position) return;
    model.set("position", position);
    model.save_changes();
  }

  function move(name) {
    go(moved(story, stops, position, name, breakpoints), name === "next");
  }

  // ---- playing

  function stop() {
    clearTimeout(timer);
    timer = 0;
    relabel(playButton, "play", "Play");
  }

  function play() {
    if (timer) return stop();
    if (position === end) go(0);
    relabel(playButton, "pause", "Pause");
    const wait = () => {
      timer = setTimeout(() => {
        move("next");
        const { node, operand } = told;
        if (position === end || breakpoints.has(node) || breakpoints.has(operand)) stop();
        else wait();
      }, story.motion.play_ms / speeds[speed]);
    };
    wait();
  }

  // ---- choosing nodes

  /** Tell everything about a node; −1 ends it. */
  function point(node, pinned = false) {
    picture?.dim(node);
    if (node < 0 || !picture) return tip.hide();
    const word = breakpoints.has(node) ? "Remove the breakpoint" : "Breakpoint here";
    tip.show(node, state, camera.placeOf(node), ...(pinned ? [button("breakpoint", word)] : []));
  }

  /** Choose a node, which the camera then follows; −1 chooses none. */
  function choose(node) {
    chosen = node;
    if (node >= 0) camera?.goTo(node);
    refresh();
    if (node >= 0) table.reveal(node);
    point(node, true);
  }

  /** The first click chooses, one more sets a breakpoint. */
  function click(node) {
    if (node >= 0 && node === chosen) toggleBreakpoint();
    else choose(node);
  }

  function toggleBreakpoint() {
    const node = chosen >= 0 ? chosen : (told?.operand ?? told?.node ?? -1);
    if (node < 0) return;
    if (!breakpoints.delete(node)) breakpoints.add(node);
    continueButton.hidden = !breakpoints.size;
    timeline.mark(breakpoints);
    refresh();
    if (chosen >= 0) point(chosen, true);
  }

  // ---- what can be done

  const look = (mode) => {
    camera?.set(mode);
    aim();
  };
  const deeds = {
    play,
    speed() {
      speed = (speed + 1) % speeds.length;
      relabel(speedButton, "", `${speeds[speed]}×`);
    },
    breakpoint: toggleBreakpoint,
    next_event: () => go(position + 1, true),
    previous_event: () => go(position - 1),
    choose_next: () => choose(chosen <= 0 ? story.nodes.length - 1 : chosen - 1), // the table has the last node first
    choose_previous: () => choose((chosen + 1) % story.nodes.length),
    follow: () => look(camera?.follows() ? "fit" : "follow"),
    fit: () => look("fit"),
    zoom_in: () => camera?.zoom(1.25),
    zoom_out: () => camera?.zoom(0.8),
    find: finder.open,
    help: () => help.showModal(),
    theme() {
      root.dataset.theme = getComputedStyle(root).colorScheme === "dark" ? "light" : "dark";
    },
    quit: () => choose(-1),
    close() {},
  };
  const GOES_ON = ["speed", "breakpoint", "follow", "fit", "zoom_in", "zoom_out", "theme"]; // while it plays

  function act(action) {
    if (timer && action !== "play" && !GOES_ON.includes(action)) stop();
    if (deeds[action]) deeds[action]();
    else move(action);
  }

  // ---- who is heard

  const wiring = new AbortController();
  const { signal } = wiring;
  const on = (target, name, handle) => target.addEventListener(name, handle, { signal });

  const isOurs = ({ ctrlKey, metaKey, altKey }) => !ctrlKey && !metaKey && !altKey;
  // JupyterLab takes keys for commands before they come here: this tells it which to leave alone.
  const claim = (event) => root.toggleAttribute("data-lm-suppress-shortcuts", isOurs(event));
  addEventListener("keydown", claim, { capture: true, signal });
  on(el, "keydown", (event) => {
    if (!isOurs(event)) return;
    event.stopPropagation(); // and other notebooks on the way back
    const action = actionOf(keys, event.key);
    const busy = event.target.closest("dialog") || (event.key === " " && event.target.closest("button"));
    if (busy || !action) return;
    event.preventDefault();
    act(action);
  });
  on(root, "click", ({ target }) => {
    const made = target.closest("[data-action]");
    if (!made) return;
    made.closest("dialog")?.close();
    act(made.dataset.action);
  });
  on(timeline.slider, "input", () => {
    stop();
    go(stops[Number(timeline.slider.value)].position);
  });
  on(table.element, "click", ({ target }) => {
    const row = target.closest("[data-node]");
    if (row && getSelection()?.isCollapsed !== false) click(Number(row.dataset.node));
  });
  function turn(name) {
    data.dataset.tab = name;
    for (const tab of tabs) tab.setAttribute("aria-selected", `${tab.dataset.tab === name}`);
  }
  for (const tab of tabs) on(tab, "click", () => turn(tab.dataset.tab));
  on(root, "copy", (event) => {
    const marked = getSelection();
    const place = marked?.rangeCount ? marked.getRangeAt(0).commonAncestorContainer : null;
    const element = place instanceof HTMLElement ? place : place?.parentElement;
    const number = /** @type {HTMLElement | null} */ (element?.closest("[data-repr]"));
    if (!number) return;
    event.clipboardData.setData("text/plain", number.dataset.repr); // all its digits
    event.preventDefault();
  });
  if (picture) {
    handlePointers(frame, camera, click, signal);
    on(frame, "pointerover", ({ target, pointerType, buttons }) => {
      if (pointerType === "mouse" && !buttons && chosen < 0 && !target.closest(".st-tip")) {
        point(Number(target.closest("[data-node]")?.dataset.node ?? -1));
      }
    });
    on(frame, "pointerleave", () => chosen < 0 && point(-1));
    on(camera.map, "click", ({ offsetX, offsetY }) => camera.jump(offsetX, offsetY));
  }
  const sizes = new ResizeObserver(() => {
    timeline.resize(timeline.element.clientWidth - 28);
    timeline.mark(breakpoints);
    camera?.resize(frame.clientWidth, frame.clientHeight);
    show();
  });
  sizes.observe(root);
  sizes.observe(frame);
  const follow = () => {
    if (model.get("position") === position) return;
    stop();
    go(model.get("position"));
  };
  model.on("change:position", follow);

  turn("values");
  go(model.get("position"));

  return () => {
    stop();
    wiring.abort();
    sizes.disconnect();
    model.off("change:position", follow);
    root.remove();
  };
}

export default { render };
