/* Keys for what the page's own buttons do. By the place of a key and not by its letter, so that an
   Arabic keyboard has them too; listed under "?"; whoever does not want them switches them off. */
"use strict";
(() => {
  const list = document.querySelector("[data-keys]");
  if (!list) return;
  const box = list.querySelector("[data-keys-on]");
  const kept = () => { try { return localStorage.getItem("nuqta.keys") !== "off"; } catch { return true; } };
  const show = on => { document.documentElement.classList.toggle("keys-on", on); box.checked = on; };
  const pressed = code => [...document.querySelectorAll(`[data-key="${CSS.escape(code)}"]`)].find(one => one.getClientRects().length);
  for (const line of list.querySelectorAll("[data-keys-of]")) line.hidden = !pressed(line.dataset.keysOf);
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
    const act = pressed(event.key === "/" ? "Slash" : event.code);
    if (!act) return;
    event.preventDefault();
    if (act.matches("input")) act.focus(); else act.click();
    const form = act.hash && document.querySelector(act.hash);
    if (form) form.querySelector("select, input:not([type=hidden]), textarea")?.focus();
  });
})();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// What is there to be copied is marked whole as soon as it is touched.
for (const text of document.querySelectorAll("textarea[readonly]")) {
  text.addEventListener("focus", () => text.select());
}

/* A question may be spoken: what is recorded becomes the file of the form's own input. */
(() => {
  const box = document.querySelector("[data-recorder]");
  if (!box || !window.MediaRecorder || !navigator.mediaDevices) return;
  const type = ["audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"].find(one => MediaRecorder.isTypeSupported(one));
  if (!type) return;
  const file = document.getElementById(box.dataset.recorder), seconds = box.querySelector("[name=seconds]");
  const [button, said] = [box.querySelector("button"), box.querySelector("[role=status]")];
  const LONGEST_S = 180;
  let recorder = null, begun = 0, clock = 0;
  const show = busy => {
    button.querySelector("[data-idle]").hidden = busy;
    button.querySelector("[data-busy]").hidden = !busy;
  };
  const long = () => Math.max(1, Math.round((performance.now() - begun) / 1000));
  const stop = () => { if (recorder?.state === "recording") recorder.stop(); };
  box.hidden = false;
  file.addEventListener("change", () => { seconds.value = ""; said.textContent = ""; });
  button.addEventListener("click", async () => {
    if (recorder?.state === "recording") { stop(); return; }
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia({ audio: true }); } catch { box.hidden = true; return; }
    const parts = [];
    recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 24000 });
    recorder.addEventListener("dataavailable", event => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      clearInterval(clock);
      stream.getTracks().forEach(track => track.stop());
      const carried = new DataTransfer();
      carried.items.add(new File(parts, "question", { type: type.split(";")[0] }));
      file.files = carried.files;
      seconds.value = String(long());
      said.textContent = `${long()} s`;
      show(false);
    });
    begun = performance.now();
    recorder.start();
    show(true);
    clock = setInterval(() => { said.textContent = `${long()} s`; if (long() >= LONGEST_S) stop(); }, 500);
  });
})();
