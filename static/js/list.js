// The list of conversations: which row is open, which one Tab reaches, and what came in above what is seen.

const inbox = document.querySelector("[data-inbox]");
const news = document.querySelector("[data-news]");
export const scroller = document.getElementById("list-scroll");
export const MAX_SHOWN = 500;

const home = inbox.dataset.inbox;
export const { query, liveUrl } = inbox.dataset;
export const words = document.getElementById("inbox-words")?.dataset ?? {};
export const addressOf = (pk) => `${home}${pk ? `/${pk}` : ""}${query ? `?${query}` : ""}`;
export const pkOf = (url) => new URL(url, location.href).pathname.match(/\/(\d+)$/)?.[1] ?? "";

export const rows = () => [...document.querySelectorAll("#rows .row__link")];
export const rowOf = (pk) => document.querySelector(`#row-${CSS.escape(pk)} .row__link`);

let lastIndex = -1;

export function mark(pk) {
  for (const row of rows()) {
    if (row.dataset.row === pk) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const index = rows().findIndex((row) => row.dataset.row === pk);
  if (index >= 0) lastIndex = index;
  rove(rowOf(pk));
}

// One row can be reached with Tab, the others with j, k and the arrow keys.
export function rove(chosen) {
  const all = rows();
  const active = chosen ?? all.find((row) => row === document.activeElement) ?? all.find((row) => row.tabIndex === 0 && row.hasAttribute("tabindex")) ?? all[0];
  for (const row of all) row.tabIndex = row === active ? 0 : -1;
}

export function focusRow(row) {
  rove(row);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  lastIndex = rows().indexOf(row);
}

// Where the open conversation stood, now that it may have left the list.
export function rowThere() {
  const all = rows();
  return all[Math.min(Math.max(lastIndex, 0), all.length - 1)];
}

export function rowBeside(pk, by) {
  const all = rows();
  const current = all.find((row) => row === document.activeElement) ?? rowOf(pk || "0");
  // The open conversation may have left the list: go on from where it stood.
  const index = current ? all.indexOf(current) + by : lastIndex + (by > 0 ? 0 : -1);
  return all[Math.min(Math.max(index, 0), all.length - 1)];
}

export function rowAfter(pk) {
  const all = rows();
  const index = all.findIndex((row) => row.dataset.row === pk);
  // The live event may have been first: then the next one stands where this one stood.
  return index < 0 ? rowThere() : all[index + 1] ?? all[index - 1];
}

export function tellNews(text) {
  news.querySelector("span").textContent = text;
  news.hidden = false;
}
news?.addEventListener("click", () => {
  if (rows().length > MAX_SHOWN) location.reload();
  scroller.scrollTop = 0;
  news.hidden = true;
});
scroller?.addEventListener("scroll", () => { if (scroller.scrollTop < 8) news.hidden = true; }, { passive: true });
