/** The page: what its state is, where that comes from and goes to, and what belongs to all of its parts. */

import { createEngine } from "./engine.js";
import { createExpression } from "./expression.js";
import { createNetwork } from "./network.js";
import { h, write } from "./player/picture.js";
import { LONGEST, firstState, linkTo, stateFrom, stateInLink, textOf } from "./state.js";

const find = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const said = find("said");
const state = firstState();
let ours = location.hash; // the fragment that we read or wrote last
let saving = 0;

// ---------------------------------------------------------------- where the state comes from and goes to

function say(/** @type {string} */ words) {
  write(said, words);
}

/** Take over what a text, a link or a file holds; words if it holds nothing of the kind. */
function take(/** @type {string} */ where, /** @type {() => any} */ read) {
  try {
    const given = read();
    if (given) Object.assign(state, given);
    say(""); // what was said belongs to an earlier text
    return true;
  } catch (error) {
    say(`Nothing was taken from the ${where}: ${/** @type {Error} */ (error).message}.`);
    return false;
  }
}

/** Keep the state in the address, a little later: browsers bear no hundred changes in a moment. */
function changed() {
  clearTimeout(saving);
  saving = setTimeout(keep, 300);
}

function keep() {
  clearTimeout(saving);
  if (location.hash !== ours) return; // a link was followed in this very moment
  ours = linkTo(state);
  history.replaceState(null, "", ours);
}

async function share() {
  keep();
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied: it holds all that you see.");
  } catch {
    say("The link stands in the address bar: copy it from there.");
  }
}

function save() {
  const address = URL.createObjectURL(new Blob([textOf(state, 2)], { type: "application/json" }));
  h("a", { href: address, download: "stepgrad-playground.json" }).click();
  URL.revokeObjectURL(address);
}

async function open(/** @type {File} */ file) {
  const text = file.size > 4 * LONGEST ? " ".repeat(LONGEST + 1) : await file.text();
  if (take("file", () => stateFrom(text))) await begin();
}

// ---------------------------------------------------------------- dark or light

const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (state.theme ? state.theme === "dark" : dark.matches);

function showTheme() {
  if (state.theme) document.documentElement.dataset.theme = state.theme;
  else delete document.documentElement.dataset.theme;
  write(find("theme"), isDark() ? "Light" : "Dark");
  for (const part of [expression, network]) part.stepper.theme(state.theme);
  network.draw();
}

function themed(/** @type {string} */ theme) {
  if (!theme || theme === state.theme) return;
  state.theme = theme;
  showTheme();
  changed();
}

// ---------------------------------------------------------------- the parts

let starts = 0;
const engine = createEngine(({ ready, failed }) => {
  if (failed) write(find("engine"), `Python could not be started: ${failed}`);
  else write(find("engine"), ready ? "Python is ready" : "Python is starting anew …");
  document.documentElement.toggleAttribute("data-ready", Boolean(ready));
  if (ready && starts++) network.begin(); // a fresh engine has none
});
const told = { changed, themed };
const expression = createExpression(state, engine, told);
const network = createNetwork(state, engine, told);

async function begin() {
  showTheme();
  await expression.begin();
  await network.begin();
}

find("share").addEventListener("click", share);
find("save").addEventListener("click", save);
find("open").addEventListener("click", () => find("file").click());
find("file").addEventListener("change", () => {
  const [file] = find("file").files;
  if (file) open(file);
  find("file").value = ""; // so that the same one can be opened again
});
find("theme").addEventListener("click", () => themed(isDark() ? "light" : "dark"));
dark.addEventListener("change", showTheme);
addEventListener("hashchange", () => {
  if (location.hash === ours) return;
  ours = location.hash;
  if (take("link", () => stateInLink(ours))) begin();
});

take("link", () => stateInLink(ours));
engine.ask("activations").then(({ activations }) => {
  for (const list of [expression.op, network.op]) {
    const chosen = list.value;
    list.replaceChildren(...activations.map(({ name, formula }) => h("option", { value: name, title: formula }, name)));
    if (chosen) list.value = chosen;
  }
});
if (textOf(state) === textOf(firstState())) {
  // What the engine says of the first state was kept when the page was built, so that one need not wait for it.
  fetch(new URL("first.json", import.meta.url))
    .then((answer) => answer.json())
    .then((found) => document.documentElement.hasAttribute("data-ready") || expression.show(found));
}
begin();
