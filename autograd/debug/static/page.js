// The page stands in for the model of the notebook widget. A link may name a place: steps.html#step=11&theme=dark
const hash = new URLSearchParams(location.hash.slice(1));
const facts = { story: document.getElementById("story").textContent, position: 0 };
const stops = stopsOf(JSON.parse(facts.story));
facts.position = stops[Math.min(stops.length - 1, Number(hash.get("step")) || 0)]?.position ?? 0;
const model = {
  get: (name) => facts[name],
  set: (name, value) => {
    facts[name] = value;
  },
  on() {},
  off() {},
  save_changes() {},
};
render({ model, el: document.body });
const shown = document.querySelector(".stepgrad");
const theme = hash.get("theme");
if (["light", "dark"].includes(theme) && getComputedStyle(shown).colorScheme !== theme) {
  shown.querySelector("[data-action=theme]").click();
}
