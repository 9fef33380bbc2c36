// The session ended while somebody worked: sign in inside a dialog, then do again what was asked. Nothing typed is lost.
//
// htmx needs nothing: a request answered with 401 opens the dialog and is sent again afterwards.
// Own code uses signedFetch(url, options), which waits for the sign-in and tries once more.

const dialog = document.getElementById("sign-in");
const form = dialog?.querySelector("form[data-sign-in]");
const meta = document.querySelector('meta[name="csrf-token"]');
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("balie:session") : null;
const user = document.body.dataset.user ?? "";
const PAUSE = 800; // nobody is pulled away in the middle of a word
let waiting = null;
let typedAt = -Infinity;
document.addEventListener("input", () => { typedAt = performance.now(); }, true);

export const isSignedOut = (status) => status === 401;
export const csrfToken = () => meta?.content ?? "";

function adoptToken(token) {
  if (!token || !meta) return;
  meta.content = token;
  for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) field.value = token;
}

// Signing in makes older tokens void: every open tab of this person takes over the newest.
tabs?.addEventListener("message", ({ data }) => {
  if (data.user === user && user) {
    adoptToken(data.csrf);
    if (data.signedIn) finish();
  }
});
if (user) tabs?.postMessage({ user, csrf: csrfToken() });

export function askToSignIn() {
  if (!dialog || !form) {
    location.reload();
    return new Promise(() => {});
  }
  if (!waiting) {
    waiting = {};
    waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
    waiting.promise.catch(() => {});
    say("");
    showDialog();
  }
  return waiting.promise;
}

function showDialog() {
  if (!waiting || dialog.open) return;
  const rest = typedAt + PAUSE - performance.now();
  if (rest > 0) {
    setTimeout(showDialog, rest);
    return;
  }
  dialog.showModal();
  form.elements.password.focus();
}

// A background request may not take the focus away from somebody who types: a line with a button says it instead.
export function tellSessionEnded() {
  const banner = document.getElementById("session-ended");
  if (banner) banner.hidden = false;
}

function finish() {
  document.getElementById("session-ended")?.setAttribute("hidden", "");
  const done = waiting;
  waiting = null;
  if (dialog?.open) dialog.close();
  if (form) form.elements.password.value = "";
  done?.resolve();
  document.body.dispatchEvent(new CustomEvent("balie:signed-in"));
}

function say(text) {
  const line = form.querySelector('[role="alert"]');
  line.hidden = !text;
  line.textContent = text;
}

const tokenIn = (page) => new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="csrf-token"]')?.content;

async function signIn(isSecondTry = false) {
  const response = await fetch(form.dataset.signIn, {
    method: "POST",
    headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ username: form.elements.username.value, password: form.elements.password.value }),
  });
  const isData = response.headers.get("Content-Type")?.includes("json");
  if (response.ok) return { csrf: isData ? (await response.json()).csrf : tokenIn(await response.text()) };
  if (response.status === 403 && !isSecondTry) {
    // The token is from before: take a new one from the sign-in page.
    adoptToken(tokenIn(await (await fetch(form.dataset.signIn)).text()));
    return signIn(true);
  }
  return { error: isData ? (await response.json()).error : document.getElementById("words").dataset.failed };
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector('[type="submit"]');
  button.disabled = true;
  try {
    const { csrf, error } = await signIn();
    if (error) {
      say(error);
      form.elements.password.select();
    } else {
      adoptToken(csrf);
      tabs?.postMessage({ user, csrf, signedIn: true });
      finish();
    }
  } catch {
    say(document.getElementById("words").dataset.offline);
  } finally {
    button.disabled = false;
  }
});

dialog?.addEventListener("close", () => {
  if (waiting) {
    waiting.reject(new Error("not signed in"));
    waiting = null;
    tellSessionEnded();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-sign-in-again]")) askToSignIn();
});

export async function signedFetch(url, options = {}) {
  const send = () => fetch(url, { ...options, headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrfToken(), ...options.headers } });
  const response = await send();
  if (!isSignedOut(response.status)) return response;
  await askToSignIn();
  return send();
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:responseError", async (event) => {
  const { xhr, requestConfig, elt, target } = event.detail;
  if (!isSignedOut(xhr.status)) return;
  if (requestConfig.triggeringEvent?.type === "live") {
    tellSessionEnded();
    return;
  }
  try {
    await askToSignIn();
  } catch {
    return;
  }
  const values = new FormData();
  for (const [name, value] of requestConfig.formData) if (name !== "csrfmiddlewaretoken") values.append(name, value);
  const source = elt.isConnected ? elt : target;
  window.htmx.ajax(requestConfig.verb, requestConfig.path, { source, target, values });
});
