// The picture is asked for again and again; what hands do is sent in order, one request at a time.
"use strict";
const screen_ = document.getElementById("screen");
const cut = document.getElementById("cut");
const size = document.getElementById("size");
const language = document.getElementById("language");
const KEYS = new Set(["Backspace", "Tab", "Enter", "Escape", "Delete", "ArrowUp", "ArrowDown",
  "ArrowLeft", "ArrowRight", "Home", "End"]);

let waiting = [], isSending = false;
async function send(act) {
  // Only where a finger is now matters, not each place on its way.
  if (act.kind === "move" && waiting.at(-1)?.kind === "move") waiting.pop();
  waiting.push(act);
  if (isSending) return;
  isSending = true;
  while (waiting.length) {
    const acts = waiting;
    waiting = [];
    await post("/hands", acts).catch(() => {});
  }
  isSending = false;
}
const post = (path, value) => fetch(path, { method: "POST", body: JSON.stringify(value) });

function at(event) {
  const box = screen_.getBoundingClientRect();
  return {
    x: (event.clientX - box.left) * screen_.naturalWidth / box.width,
    y: (event.clientY - box.top) * screen_.naturalHeight / box.height,
  };
}
screen_.addEventListener("pointerdown", (event) => {
  screen_.setPointerCapture(event.pointerId);
  screen_.focus();
  send({ kind: "down", ...at(event) });
  event.preventDefault();
});
screen_.addEventListener("pointermove", (event) => {
  if (event.buttons) send({ kind: "move", ...at(event) });
});
for (const name of ["pointerup", "pointercancel"])
  screen_.addEventListener(name, (event) => send({ kind: "up", ...at(event) }));
screen_.addEventListener("wheel", (event) => {
  send({ kind: "wheel", down: event.deltaY > 0, ...at(event) });
  event.preventDefault();
}, { passive: false });
screen_.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab") return;
  if (KEYS.has(event.key)) send({ kind: "key", key: event.key });
  else if (event.key.length === 1) send({ kind: "text", text: event.key });
  else return;
  event.preventDefault();
});
document.addEventListener("paste", (event) => send({ kind: "text", text: event.clipboardData.getData("text") }));

async function change(wanted) {
  show(await (await post("/state", wanted)).json());
}
function show(state) {
  cut.checked = state.is_cut;
  size.replaceChildren(...state.sizes.map((one) => new Option(one.replace("x", " × "), one, false, one === state.size)));
  document.getElementById("words").textContent = state.words.map(([text]) => text).join(". ");
}
cut.addEventListener("change", () => change({ is_cut: cut.checked }));
size.addEventListener("change", () => change({ size: size.value }));
language.addEventListener("change", async () => {
  speak(language.value);
  const { languages } = await (await fetch("/state")).json();
  change({ language: languages.includes(language.value) ? language.value : "fr" });
});
function speak(code) {
  language.value = code;
  document.documentElement.lang = document.documentElement.dataset.language = code;
  document.documentElement.dir = code === "ar" ? "rtl" : "ltr";
}

async function watch() {
  let number = 0;
  for (;;) {
    try {
      const answer = await fetch(`/picture?after=${number}`);
      if (answer.status === 200) {
        number = Number(answer.headers.get("Picture"));
        const shown = screen_.src;
        screen_.src = URL.createObjectURL(await answer.blob());
        if (shown) URL.revokeObjectURL(shown);
        show(await (await fetch("/state")).json());
      }
    } catch {
      await new Promise((later) => setTimeout(later, 1000));
    }
  }
}
speak(["ar", "fr", "en"].find((one) => navigator.language.startsWith(one)) ?? "fr");
watch();
