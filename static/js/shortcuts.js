// Keys. A page registers what it can do; the help dialog (?) lists it; nothing fires while somebody types.
//
// register([{ keys: "j", run: (event) => …, label?: "…", inFields?: true }])
//   keys      as tinykeys writes them: "j", "g i", "$mod+Enter", "[Shift]+!"
//   label     words for the help dialog, where base.html does not have a row for it yet (already translated)
//   inFields  also while typing; only for keys with a modifier
// An element with data-key="e" is clicked by that key, as long as it can be seen.
import { createKeybindingsHandler } from "../vendor/tinykeys.js";

const SEQUENCE = 2000; // ms for the next key of a sequence: hands and machines can be slow
const registered = new Map();
let handle = () => {};

const isField = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

const isBusy = (event) => isField(event.target) || document.querySelector("dialog[open]") !== null;

// What is shown is about to be replaced: a key that is meant for what comes waits until that is there, and the keys after it are
// not for what is still shown either.
let coming = null;
let isWaiting = false;
export function replaceSoon(done) {
  coming = done;
  const end = () => { if (coming === done) coming = null; };
  done.then(end, end);
}
export function whenThere(run) {
  if (!coming) {
    run();
    return;
  }
  isWaiting = true;
  coming.catch(() => false).then((isThere) => { isWaiting = false; if (isThere) run(); });
}

export const areOn = () => document.body.dataset.shortcuts !== "off";

export function register(shortcuts) {
  for (const shortcut of shortcuts) {
    registered.set(shortcut.keys, shortcut);
    if (shortcut.label) list(shortcut);
  }
  // Sequences first: otherwise "i" alone would take the second key of "g i".
  const ordered = [...registered.values()].sort((a, b) => b.keys.split(" ").length - a.keys.split(" ").length);
  handle = createKeybindingsHandler(Object.fromEntries(ordered.map((each) => [pattern(each.keys), fire(each)])), {
    ignore: (event) => event.isComposing || event.defaultPrevented,
    timeout: SEQUENCE,
  });
}

// "?" and "!" need Shift on most keyboards and not on all.
const pattern = (keys) => (/^[^\w\s/.$[]$/.test(keys) ? `[Shift]+${keys}` : keys);

const fire = (shortcut) => (event) => {
  const isSingle = !/\$mod|Control|Alt|Meta/.test(shortcut.keys);
  if (isSingle && !areOn()) return;
  if (isBusy(event) && !(shortcut.inFields && !isSingle)) return;
  event.preventDefault();
  if (isWaiting && isSingle && shortcut.keys !== "Escape") return;
  shortcut.run(event);
};

function list({ keys, label }) {
  const help = document.querySelector("#shortcuts .keys");
  if (!help || help.querySelector(`[data-keys="${CSS.escape(keys)}"]`)) return;
  const row = document.createElement("div");
  row.dataset.keys = keys;
  const term = document.createElement("dt");
  for (const part of keys.split(/[\s+]/)) {
    const key = document.createElement("kbd");
    key.textContent = part.replace("$mod", "Ctrl").replace(/[[\]]/g, "");
    term.append(key, " ");
  }
  const words = document.createElement("dd");
  words.textContent = label;
  row.append(term, words);
  help.append(row);
}

const keyed = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((each) => each.checkVisibility() && !each.disabled);

function pressElement(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areOn() || isBusy(event) || isWaiting) return;
  const key = event.shiftKey && event.key.length === 1 && event.key !== event.key.toLowerCase() ? `Shift+${event.key.toLowerCase()}` : event.key;
  const found = keyed(key);
  if (!found) return;
  event.preventDefault();
  if (found.closest("[data-leaving]")) whenThere(() => pressKey(key));
  else pressFound(found);
}

const pressKey = (key) => { const found = keyed(key); if (found) pressFound(found); };

function pressFound(found) {
  found.click();
  if (found.matches("summary") && found.parentElement.open) {
    found.parentElement.querySelector(".menu__sheet button, .menu__sheet a, .menu__sheet input")?.focus();
  }
}

document.addEventListener("keydown", (event) => {
  handle(event);
  pressElement(event);
});
