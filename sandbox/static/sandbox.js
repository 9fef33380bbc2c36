// Sends the page's forms without reload and refreshes the parts that move. Without it everything still works.
"use strict";

const body = document.body;

function moving() {
  const query = new URLSearchParams({ platform: body.dataset.platform, resident: body.dataset.resident, version: body.dataset.version });
  return fetch(`/parts?${query}`, { headers: { Accept: "application/json" } });
}

function isBusy(part) {
  // Whoever stands on a link or button inside must not lose it.
  return part.contains(document.activeElement);
}

async function refresh() {
  if (document.hidden) return;
  const answer = await moving();
  if (answer.status !== 200) return;
  const { version, parts } = await answer.json();
  let isWhole = true;
  for (const part of document.querySelectorAll("[data-part]")) {
    if (isBusy(part)) {
      isWhole = false;
    } else if (part.innerHTML !== parts[part.dataset.part]) {
      part.innerHTML = parts[part.dataset.part];
    }
  }
  if (isWhole) body.dataset.version = version;
}

async function send(form, button) {
  const action = button?.getAttribute("formaction") || form.getAttribute("action");
  const answer = await fetch(action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
  const told = await answer.json();
  const box = document.querySelector("[data-testid=error]");
  box.hidden = !told.error;
  box.textContent = told.error;
  if (told.error) return;
  if ("returns" in form.dataset || (told.resident && told.resident !== body.dataset.resident)) {
    // Answered or changed, or a newcomer got a handle: back to the plain seat.
    location.search = new URLSearchParams({ platform: body.dataset.platform, resident: told.resident }).toString();
    return;
  }
  const text = form.elements.text;
  if (text) {
    text.value = "";
    text.focus();
  } else {
    document.activeElement?.blur();
  }
  await refresh();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-live]")) return;
  event.preventDefault();
  send(event.target, event.submitter).catch(() => event.target.submit());
});

const field = document.getElementById("resident");
field.addEventListener("input", async () => {
  if (field.value.length < 2) return;
  const answer = await fetch(`/control/residents?q=${encodeURIComponent(field.value)}`);
  const { residents } = await answer.json();
  const list = document.getElementById("residents");
  list.replaceChildren(...residents.filter((one) => !one.gone).map((one) => {
    const option = document.createElement("option");
    option.value = one.name;
    option.label = `@${one.handle}`;
    return option;
  }));
});

setInterval(() => refresh().catch(() => undefined), 1000);
