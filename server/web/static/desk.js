/* Keys for what the page's own buttons do. By the place of a key and not by its letter, so that an
   Arabic keyboard has them too; listed under "?"; whoever does not want them switches them off. */
"use strict";
(() => {
  const list = document.querySelector("[data-keys]");
  if (!list) return;
  const box = list.querySelector("[data-keys-on]");
  const kept = () => { try { return localStorage.getItem("nuqta.keys") !== "off"; } catch { return true; } };
  const show = on => { document.documentElement.classList.toggle("keys-on", on); box.checked = on; };
  list.hidden = false;
  show(kept());
  box.addEventListener("change", () => {
    try { localStorage.setItem("nuqta.keys", box.checked ? "on" : "off"); } catch { /* for this page alone */ }
    show(box.checked);
  });
  const writes = target => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (!(event.target instanceof Element) || writes(event.target)) return;
    if (event.key === "?" || event.key === "؟") {
      list.open = !list.open;
      if (list.open) list.querySelector("summary").focus();
      return;
    }
    if (!box.checked || event.shiftKey) return;
    const act = document.querySelector(`[data-key="${CSS.escape(event.code)}"]`);
    if (!act) return;
    event.preventDefault();
    act.click();
    const form = act.hash && document.querySelector(act.hash);
    if (form) form.querySelector("select, input:not([type=hidden]), textarea")?.focus();
  });
})();
