// The panes of the inbox: their widths are remembered in this browser, and can be changed by pointer and by keyboard.

const STEP = 16;
const NARROW = matchMedia("(max-width: 1199px)");
const remembered = (name) => { try { return localStorage.getItem(`balie:${name}`); } catch { return null; } };
const remember = (name, value) => { try { localStorage.setItem(`balie:${name}`, value); } catch { /* private window: not kept */ } };

function setWidth(splitter, width) {
  const { splitter: name } = splitter.dataset;
  const value = Math.round(Math.min(Math.max(width, Number(splitter.ariaValueMin)), Number(splitter.ariaValueMax)));
  document.documentElement.style.setProperty(`--${name}-width`, `${value}px`);
  splitter.ariaValueNow = String(value);
  return value;
}

const pane = (splitter) => document.getElementById(splitter.getAttribute("aria-controls"));
const width = (splitter) => pane(splitter).getBoundingClientRect().width;
const direction = (splitter) => (splitter.dataset.splitter === "side" ? -1 : 1);

export function restorePanes() {
  for (const splitter of document.querySelectorAll("[data-splitter]")) {
    const known = Number(remembered(`${splitter.dataset.splitter}-width`));
    if (known) setWidth(splitter, known);
  }
  showSide();
}

document.addEventListener("pointerdown", (event) => {
  const splitter = event.target.closest?.("[data-splitter]");
  if (!splitter || event.button) return;
  event.preventDefault();
  splitter.setPointerCapture(event.pointerId);
  splitter.classList.add("is-moving");
  const start = width(splitter);
  const from = event.clientX;
  const move = (moved) => setWidth(splitter, start + direction(splitter) * (moved.clientX - from));
  const stop = () => {
    splitter.classList.remove("is-moving");
    splitter.removeEventListener("pointermove", move);
    remember(`${splitter.dataset.splitter}-width`, splitter.ariaValueNow);
  };
  splitter.addEventListener("pointermove", move);
  splitter.addEventListener("lostpointercapture", stop, { once: true });
});

document.addEventListener("keydown", (event) => {
  const splitter = event.target.closest?.("[data-splitter]");
  if (!splitter || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: -STEP, ArrowRight: STEP };
  const edges = { Home: splitter.ariaValueMin, End: splitter.ariaValueMax };
  let wanted;
  if (event.key in steps) wanted = width(splitter) + direction(splitter) * steps[event.key];
  else if (event.key in edges) wanted = Number(edges[event.key]);
  else return;
  event.preventDefault();
  remember(`${splitter.dataset.splitter}-width`, setWidth(splitter, wanted));
});

// The side panel: beside the conversation where there is room, over it where there is not.
const isSideOpen = () => (NARROW.matches ? document.body.classList.contains("side-open") : remembered("side") !== "closed");

function showSide() {
  document.body.classList.toggle("side-closed", !NARROW.matches && !isSideOpen());
  for (const button of document.querySelectorAll("[data-toggle-side]")) button.ariaExpanded = String(isSideOpen());
}
export { showSide };

function toggleSide() {
  if (NARROW.matches) document.body.classList.toggle("side-open");
  else remember("side", isSideOpen() ? "closed" : "open");
  showSide();
}

function showViews(isOpen) {
  document.body.classList.toggle("views-open", isOpen);
  for (const button of document.querySelectorAll("[data-toggle-views]")) button.ariaExpanded = String(isOpen);
  if (isOpen) document.querySelector("#views a[aria-current], #views a")?.focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toggle-side]")) toggleSide();
  else if (document.body.classList.contains("side-open") && !event.target.closest("#side, dialog")) {
    document.body.classList.remove("side-open");
    showSide();
  }
  if (event.target.closest("[data-toggle-views]")) showViews(!document.body.classList.contains("views-open"));
  else if (document.body.classList.contains("views-open") && !event.target.closest("#views, dialog")) showViews(false);
});

// Before the page's own Escape: what lies on top closes first.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const [isViews, isSide] = [document.body.classList.contains("views-open"), document.body.classList.contains("side-open")];
  if (!isViews && !isSide) return;
  event.preventDefault();
  event.stopPropagation();
  document.body.classList.remove("side-open");
  showSide();
  if (isViews) {
    showViews(false);
    document.querySelector("[data-toggle-views]")?.focus();
  } else {
    document.querySelector("[data-toggle-side]")?.focus();
  }
}, true);

NARROW.addEventListener("change", () => {
  document.body.classList.remove("side-open", "views-open");
  showSide();
});
