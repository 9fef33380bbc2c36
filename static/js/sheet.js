// The sheet: one <dialog id="sheet"> of a page, into which forms are fetched (hx-target="#sheet"). It opens when a form has come in,
// beside the element that [data-at] names or else in the middle, and closes on balie:saved. It stands outside of what is fetched
// anew: a change by somebody else never takes away what is typed in it.

const sheet = document.getElementById("sheet");
const NARROW = matchMedia("(max-width: 699px)");
const FIELDS = "input:not([type=hidden]), select, textarea";

function place(cell) {
  sheet.classList.toggle("is-at-cell", Boolean(cell) && !NARROW.matches);
  sheet.style.left = "";
  sheet.style.top = "";
  if (!cell || NARROW.matches) return;
  const at = cell.getBoundingClientRect();
  const box = sheet.getBoundingClientRect();
  sheet.style.left = `${Math.max(8, Math.min(at.left - 2, innerWidth - box.width - 8))}px`;
  sheet.style.top = `${Math.max(8, Math.min(at.top - 2, innerHeight - box.height - 8))}px`;
}

function open() {
  const at = sheet.querySelector("[data-at]")?.dataset.at;
  if (!sheet.open) sheet.showModal();
  place(at ? document.getElementById(at) : null);
  const first = sheet.querySelector("[aria-invalid=true]") ?? sheet.querySelector("[data-first]") ?? sheet.querySelector(FIELDS);
  first?.focus();
  if (first?.matches("input")) first.select?.();
  if (early && first?.matches("input:not([type]), input[type=text], textarea")) {
    first.setRangeText(early, first.selectionStart, first.selectionEnd, "end");
    first.dispatchEvent(new Event("input", { bubbles: true }));
  }
  early = null;
}

// Who goes on typing before the form is there, types in it; who presses twice gets it once.
let early = null; // what was typed since it was asked for
document.addEventListener("htmx:beforeRequest", (event) => {
  const { target, requestConfig } = event.detail;
  if (!sheet || target !== sheet || requestConfig.verb !== "get" || sheet.contains(requestConfig.elt)) return;
  if (sheet.open || early !== null) event.preventDefault();
  else early = "";
});
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.target === sheet) early = null; });
document.addEventListener("keydown", (event) => {
  if (early === null || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.matches?.(FIELDS)) return;
  if (event.key.length === 1) early += event.key;
  else if (event.key !== "Enter") return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// Only when htmx has taken the form on: what is sent before that would leave the page.
const opened = new WeakSet();
document.addEventListener("htmx:afterSettle", (event) => {
  const content = sheet.firstElementChild;
  if (event.detail.target !== sheet || !content || opened.has(content)) return;
  opened.add(content);
  open();
});
document.addEventListener("balie:saved", () => sheet?.close());
sheet?.addEventListener("close", () => sheet.replaceChildren());

sheet?.addEventListener("keydown", (event) => {
  const isSubmit = event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.matches("select"));
  if (!isSubmit) return;
  event.preventDefault();
  event.target.closest("form")?.requestSubmit();
});
