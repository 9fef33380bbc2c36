// The response matrix: walking through the cells of a draft by keys, filling in one of them in a sheet over it, and keeping
// what somebody does while the table is fetched anew because of others.
import "./sheet.js";

const sheet = document.getElementById("sheet");

const grid = () => document.querySelector("[data-grid]");
const rows = () => [...(grid()?.tBodies[0]?.rows ?? [])];
const stops = (row) => [...row.querySelectorAll("[data-stop]")];

// A message to try is sent by Ctrl+Enter, as an answer is.
document.addEventListener("keydown", (event) => {
  const form = event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("[data-submit-key]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

// -- Walking through the cells -------------------------------------------------------------------------------------------------

function edit(cell) {
  const address = cell.closest("[data-cells]").dataset.cells.replace(/x$/, cell.dataset.column);
  cell.focus();
  window.htmx.ajax("GET", address, { target: "#sheet", swap: "innerHTML" });
}

function go(stop) {
  if (!stop) return;
  for (const other of grid().querySelectorAll("[data-stop][tabindex='0']")) other.tabIndex = -1;
  stop.tabIndex = 0;
  stop.focus({ preventScroll: true });
  // Not behind the heads that stick: those are as wide and high as the first row and column.
  stop.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function step(stop, key, isFar) {
  const row = stop.closest("tr");
  const line = stops(row);
  const column = line.indexOf(stop);
  const all = rows();
  const at = all.indexOf(row);
  const beside = (number) => line[Math.max(0, Math.min(line.length - 1, number))];
  const below = (number) => stops(all[Math.max(0, Math.min(all.length - 1, number))])[column];
  switch (key) {
    case "ArrowRight": return beside(column + 1);
    case "ArrowLeft": return beside(column - 1);
    case "ArrowDown": return below(at + 1);
    case "ArrowUp": return below(at - 1);
    case "PageDown": return below(at + 10);
    case "PageUp": return below(at - 10);
    case "Home": return isFar ? stops(all[0])[0] : line[0];
    case "End": return isFar ? stops(all.at(-1)).at(-1) : line.at(-1);
    default: return null;
  }
}

document.addEventListener("keydown", (event) => {
  const stop = event.target.closest?.("[data-grid] [data-stop]");
  if (!stop || event.metaKey) return;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    stop.closest("tr").querySelector(`[data-move=${event.key === "ArrowUp" ? "up" : "down"}]:not(:disabled)`)?.click();
    return;
  }
  if (event.altKey) return;
  if (stop.dataset.column && (event.key === "Enter" || event.key === "F2")) {
    event.preventDefault();
    edit(stop);
    return;
  }
  const next = step(stop, event.key, event.ctrlKey);
  if (!next) return;
  event.preventDefault();
  go(next);
});

document.addEventListener("click", (event) => {
  const cell = event.target.closest("[data-grid] [data-column]");
  if (cell) {
    go(cell);
    edit(cell);
  }
  const link = event.target.closest("[data-to-cell]");
  const wanted = link && document.getElementById(link.dataset.toCell);
  if (wanted?.matches("[data-stop]")) {
    event.preventDefault();
    go(wanted);
  }
  const unfold = event.target.closest("[data-unfold]");
  if (unfold) {
    const isOpen = unfold.getAttribute("aria-expanded") === "true";
    unfold.setAttribute("aria-expanded", String(!isOpen));
    document.getElementById(unfold.dataset.unfold).hidden = isOpen;
  }
  if (event.target.closest("[data-print]")) {
    event.target.closest("details").open = false;
    window.print();
  }
});

// What stands on the cell that has the focus, in words below the table.
let last = { row: 0, column: 0 };
document.addEventListener("focusin", (event) => {
  const stop = event.target.closest?.("[data-grid] [data-stop]");
  if (!stop) return;
  const row = stop.closest("tr");
  last = { row: rows().indexOf(row), column: stops(row).indexOf(stop) };
  const bar = document.getElementById("cell-bar");
  const marks = [stop.title, row.querySelector(".grid__place .grid__sign")?.title].filter((words) => words && stop.dataset.column);
  bar.textContent = marks.join(" ") || bar.dataset.empty;
  bar.classList.toggle("has-marks", marks.length > 0);
});

// -- Fetched anew --------------------------------------------------------------------------------------------------------------

const KEPT = (name, node) =>
  (name === "open" && node.localName === "details") ||
  (name === "tabindex" && node.matches("[data-stop]")) ||
  (name === "aria-expanded" && node.matches("[data-unfold]")) ||
  (name === "hidden" && node.matches(".promises__texts"));

// What somebody unfolded stays unfolded, and the cell that Tab reaches stays that cell.
window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !KEPT(name, node);

function reachable() {
  const table = grid();
  if (table && !table.querySelector("[data-stop][tabindex='0']")) {
    const first = table.querySelector("[data-stop]");
    if (first) first.tabIndex = 0;
  }
}

document.addEventListener("htmx:afterSettle", () => {
  reachable();
  // A row that went takes the focus along: it goes to the row that came in its place.
  const isAway = document.activeElement === document.body || document.activeElement === null;
  if (!grid() || !isAway || sheet.open || !rows().length || !wasInside) return;
  const row = rows()[Math.max(0, Math.min(last.row, rows().length - 1))];
  go(stops(row)[last.column]);
});

let wasInside = false;
document.addEventListener("htmx:beforeSwap", () => {
  const active = document.activeElement;
  wasInside = Boolean(active?.closest?.("[data-grid]")) || active === document.body && wasInside;
});

reachable();
if (new URLSearchParams(location.search).has("print")) window.print();
