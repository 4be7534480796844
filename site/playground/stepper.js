/** The stepper of the offline pages and notebooks, on this page: the same modules, with the page as their model. */

import { render } from "./player/player.js";

/**
 * @param {HTMLElement} el
 * @param {{ moved: (position: number, end: number) => void, themed: (theme: string) => void }} told of what the reader
 *   does in it
 */
export function createStepper(el, told) {
  let story = "";
  let end = 0;
  let facts = { story, position: 0 };
  let undo = () => {};
  const turned = new MutationObserver(([{ target }]) => told.themed(/** @type {HTMLElement} */ (target).dataset.theme ?? ""));
  const model = {
    get: (/** @type {"story" | "position"} */ name) => facts[name],
    set(/** @type {"position"} */ name, /** @type {number} */ value) {
      facts[name] = value;
      told.moved(value, end);
    },
    on() {},
    off() {},
    save_changes() {},
  };

  return {
    /** Another story, at a position (the end if it is null), looking as the one before did. */
    show(/** @type {string} */ next, /** @type {number | null} */ position, /** @type {string} */ theme) {
      if (next === story) return;
      const tab = /** @type {HTMLElement | null} */ (el.querySelector(".st-data"))?.dataset.tab;
      undo();
      story = next;
      end = JSON.parse(story).events.length;
      facts = { story, position: Math.min(position ?? end, end) };
      undo = render({ model, el });
      if (tab === "source") /** @type {HTMLElement} */ (el.querySelector("[data-tab=source]")).click();
      this.theme(theme);
      turned.observe(/** @type {Node} */ (el.firstElementChild), { attributeFilter: ["data-theme"] });
    },
    /** "light", "dark", or "" for that of the browser */
    theme(/** @type {string} */ theme) {
      const root = /** @type {HTMLElement | null} */ (el.querySelector(".stepgrad"));
      if (!root || (root.dataset.theme ?? "") === theme) return;
      if (theme) root.dataset.theme = theme;
      else delete root.dataset.theme;
    },
  };
}
