/* What was typed and not answered is kept as the page is left: a reload, a call, another app, a line
   that is dead. Without a script the form's own buttons keep it. */
"use strict";
(() => {
  const form = document.getElementById("register");
  if (!form) return;
  let isSent = false, isTouched = false;
  const typed = () => new URLSearchParams(new FormData(form));
  // In this tab too: over a dead line nothing was kept, and the page that is loaded again is empty.
  const here = (act, ...more) => { try { return sessionStorage[act]("nuqta.typed", ...more); } catch { return null; } };
  const before = new URLSearchParams(here("getItem") || "");
  here("removeItem");
  // Of this visit and step alone: another phone in the same browser gets nothing of it.
  if (["_csrf_token", "step", "of"].every(name => before.get(name) === typed().get(name))) {
    isTouched = true;
    for (const one of form.elements) {
      if (["checkbox", "radio"].includes(one.type)) one.checked = before.getAll(one.name).includes(one.value);
      else if (one.type !== "submit" && before.has(one.name)) one.value = before.get(one.name);
    }
  }
  form.addEventListener("input", () => { isTouched = true; });
  // Two taps on a slow line are one; a line that was cut may be tried again.
  form.addEventListener("submit", event => {
    if (isSent) { event.preventDefault(); return; }
    isSent = true;
    setTimeout(() => { isSent = false; }, 10000);
  });
  addEventListener("pageshow", () => { isSent = false; });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !isTouched) return;
    const now = typed();
    here("setItem", now);
    if (isSent) return;
    now.set("later", "1");
    navigator.sendBeacon(form.action, now);
  });
})();
