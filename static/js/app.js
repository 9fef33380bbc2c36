// What every page of a signed-in person starts with. Pages add their own module in the block "scripts".
import "./dialogs.js";
import "./toasts.js";
import "./session.js";
import "./live.js";
import { register } from "./shortcuts.js";

const go = (name) => () => {
  const link = document.querySelector(`.rail a[data-go="${name}"]`);
  if (link) link.click();
};

register([
  { keys: "?", run: () => document.getElementById("shortcuts")?.showModal() },
  { keys: "/", run: () => document.getElementById("search")?.select() },
  { keys: "g i", run: go("inbox") },
  { keys: "g c", run: go("calendar") },
  { keys: "g x", run: go("matrix") },
  { keys: "g k", run: go("channels") },
  { keys: "c", run: () => document.querySelector("#new-post")?.requestSubmit() },
]);

// Where the parts of a page are more than a phone is wide, the current one is in sight.
document.querySelector(".sections [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });

document.getElementById("search")?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.currentTarget.blur();
});

// The choice of light or dark shows at once; it is kept when the form is.
document.addEventListener("change", (event) => {
  if (event.target.name === "theme" && event.target.closest("[data-theme-choice]")) {
    document.documentElement.dataset.theme = event.target.value;
  }
});
