// The open conversation: whoever reads its end stays there, and what somebody really looks at counts as read.

const READ_AFTER = 600; // somebody who walks through the list has not read what flew by
const AT_END = 48;

export const pane = document.getElementById("conversation");
export const openPk = () => document.getElementById("thread")?.dataset.conversation ?? "";
export const messages = () => document.getElementById("messages");

let isAtEnd = true;
let reading = 0;
let keepUnread = "";

export function toBottom() {
  const list = messages();
  if (list) list.scrollTop = list.scrollHeight;
  isAtEnd = true;
}

// Whoever reads the newest message stays there when a picture arrives or the composer grows; whoever scrolled up stays there.
let lastTop = 0;
const measure = () => {
  const list = messages();
  const isNear = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
  // Only somebody who scrolls up leaves the end; a page that grows does not.
  isAtEnd = isNear || (isAtEnd && list.scrollTop >= lastTop);
  lastTop = list.scrollTop;
};
const stay = () => { if (isAtEnd && messages()) toBottom(); };
const sizes = new ResizeObserver(stay);
pane?.addEventListener("scroll", (event) => { if (event.target.id === "messages") measure(); }, { capture: true, passive: true });
pane?.addEventListener("load", stay, true);

export const isEndSeen = () => isAtEnd;

export function watchSize() {
  sizes.disconnect();
  sizes.observe(messages());
}

// Reading changes something, so it is a POST of its own, and only for what somebody really looks at.
export function planRead() {
  clearTimeout(reading);
  const header = document.getElementById("header");
  if (!header || header.dataset.unread === "0" || document.hidden || keepUnread === openPk()) return;
  reading = setTimeout(async () => {
    if (!header.isConnected || document.hidden) return;
    header.dataset.unread = "0";
    await fetch(header.dataset.readUrl, { method: "POST", keepalive: true, headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrf() } }).catch(() => {});
    document.body.dispatchEvent(new CustomEvent("balie:read"));
  }, READ_AFTER);
}
const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
document.addEventListener("visibilitychange", () => { if (!document.hidden) planRead(); });

// Who makes a conversation unread has not read it again by closing it.
export function leaveUnread(pk) {
  keepUnread = pk;
  clearTimeout(reading);
}
