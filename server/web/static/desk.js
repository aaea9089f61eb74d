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
  // AAC in MP4 is what old iPhones play too; MP4 alone may hold Opus.
  const type = ["audio/mp4;codecs=mp4a.40.2", "audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"].find(one => MediaRecorder.isTypeSupported(one));
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

/* A slip's square is read while the camera looks: by the browser, or frame by frame by the server. */
(() => {
  const box = document.querySelector("[data-camera]");
  if (!box || !navigator.mediaDevices?.getUserMedia) return;
  const MARK = box.dataset.camera, EVERY_MS = 250, SENT_EVERY_MS = 1500, LONGEST_MS = 60000, WIDEST = 1280;
  const form = box.closest("form");
  const [button, video, said] = [box.querySelector("button"), box.querySelector("video"), box.querySelector("[role=status]")];
  let stream = null, clock = 0;
  const stop = words => {
    clearTimeout(clock);
    stream?.getTracks().forEach(track => track.stop());
    stream = video.srcObject = null;
    video.hidden = true;
    button.querySelector("[data-idle]").hidden = false;
    button.querySelector("[data-busy]").hidden = true;
    said.textContent = words;
  };
  const seenHere = async detector => {
    const found = (await detector.detect(video)).map(one => one.rawValue).find(text => text.startsWith(MARK));
    return found && `${location.pathname}?${new URLSearchParams({ code: found })}`;
  };
  const seenThere = async () => {
    const canvas = document.createElement("canvas"), scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.8));
    const body = new FormData();
    body.append("_csrf_token", form.elements._csrf_token.value);
    body.append("picture", picture, "slip.jpg");
    const answer = await fetch(form.action, { method: "POST", body });
    return answer.redirected && answer.url;
  };
  const detector = async () => {
    if (!window.BarcodeDetector) return null;
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  };
  const look = async (own, until) => {
    if (!stream) return;
    let url = "";
    try { url = video.videoWidth && await (own ? seenHere(own) : seenThere()); } catch { /* the next frame may be read */ }
    if (!stream) return;
    if (url) { stop(""); location.assign(url); return; }
    if (performance.now() > until) { stop(box.dataset.unseen); return; }
    clock = setTimeout(() => look(own, until), own ? EVERY_MS : SENT_EVERY_MS);
  };
  box.hidden = false;
  button.addEventListener("click", async () => {
    if (stream) { stop(""); return; }
    try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); } catch { said.textContent = box.dataset.shut; return; }
    video.srcObject = stream;
    video.hidden = false;
    button.querySelector("[data-idle]").hidden = true;
    button.querySelector("[data-busy]").hidden = false;
    said.textContent = said.dataset.show;
    await video.play();
    look(await detector(), performance.now() + LONGEST_MS);
  });
})();
