// The menu of receivers is fetched when it opens: whoever opened it by key goes on by key.
document.addEventListener("htmx:afterSettle", (event) => {
  const list = document.getElementById("receivers");
  if (!list || !(event.target === list || event.target.contains(list))) return;
  const menu = list.closest("details[open]");
  // A click by script gives no focus: then it still stands on the page itself.
  if (menu && (menu.contains(document.activeElement) || document.activeElement === document.body)) list.querySelector("button")?.focus();
});

document.addEventListener("keydown", (event) => {
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  const item = event.target.closest?.("#receivers button");
  if (!item || !(event.key in moves)) return;
  event.preventDefault();
  const all = [...document.querySelectorAll("#receivers button")];
  all[(all.indexOf(item) + moves[event.key] + all.length) % all.length].focus();
});
