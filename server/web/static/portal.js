/* What was typed and not sent is kept as the page is left: a reload, a call, another app. Without a
   script the form's own buttons keep it. */
"use strict";
(() => {
  const form = document.getElementById("register");
  if (!form) return;
  let isSent = false, isTouched = false;
  form.addEventListener("input", () => { isTouched = true; });
  // Two taps on a slow line are one; a line that was cut may be tried again.
  form.addEventListener("submit", event => {
    if (isSent) { event.preventDefault(); return; }
    isSent = true;
    setTimeout(() => { isSent = false; }, 10000);
  });
  addEventListener("pageshow", () => { isSent = false; });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || isSent || !isTouched) return;
    const typed = new URLSearchParams(new FormData(form));
    typed.set("later", "1");
    navigator.sendBeacon(form.action, typed);
  });
})();
