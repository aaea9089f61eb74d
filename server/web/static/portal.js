/* What was typed and not answered is kept as the page is left: a reload, a call, another app, a line
   that is dead. Without a script the form's own buttons keep it. On a slow line people type before
   this script is there: what they typed is what differs from the form as it came. */
"use strict";
(() => {
  const form = document.getElementById("register");
  if (!form) return;
  let isSent = false;
  const typed = (of = form) => new URLSearchParams(new FormData(of));
  const asItCame = form.cloneNode(true);
  asItCame.reset();
  const came = typed(asItCame);
  // In this tab too: over a dead line nothing was kept, and the page that is loaded again is empty.
  const here = (act, ...more) => { try { return sessionStorage[act]("nuqta.typed", ...more); } catch { return null; } };
  const before = new URLSearchParams(here("getItem") || "");
  here("removeItem");
  // Of this visit and step alone: another phone in the same browser gets nothing of it.
  if (["_csrf_token", "step", "of"].every(name => before.get(name) === came.get(name))) {
    const now = typed();
    for (const one of form.elements) {
      if (String(now.getAll(one.name)) !== String(came.getAll(one.name))) continue; // typed anew
      if (["checkbox", "radio"].includes(one.type)) one.checked = before.getAll(one.name).includes(one.value);
      else if (one.type !== "submit" && before.has(one.name)) one.value = before.get(one.name);
    }
  }
  // Two taps on a slow line are one; a line that was cut may be tried again.
  form.addEventListener("submit", event => {
    if (isSent) { event.preventDefault(); return; }
    isSent = true;
    setTimeout(() => { isSent = false; }, 10000);
  });
  addEventListener("pageshow", () => { isSent = false; });
  document.addEventListener("visibilitychange", () => {
    const now = typed();
    if (document.visibilityState !== "hidden" || String(now) === String(came)) return;
    here("setItem", now);
    if (isSent) return;
    now.set("later", "1");
    navigator.sendBeacon(form.action, now);
  });
})();
