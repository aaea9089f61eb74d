// Keys for what a page declares: data-key="KeyJ" on a link, a button or an input. By the place of
// the key (KeyboardEvent.code), so that an Arabic keyboard has them too. `?` lists them, and there
// they are switched off (WCAG 2.1.4). A page without this script has the same links and buttons.
"use strict";

const OFF = "nuqta.keys.off";
const root = document.documentElement;
const dialog = document.getElementById("keys");
const box = dialog?.querySelector("input");

function isOff() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // a browser that keeps nothing has them on
  }
}

function turn(isOn) {
  try {
    if (isOn) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // for this page alone, then
  }
  root.classList.toggle("keys", isOn);
}

function declared() {
  return [...document.querySelectorAll("[data-key]")].filter((one) => one.getClientRects().length);
}

function named(one) {
  const words = one.cloneNode(true);
  words.querySelectorAll("kbd, .i, .unseen").forEach((part) => part.remove());
  return (one.dataset.keyWords || words.textContent.trim() || one.getAttribute("aria-label") || "").trim();
}

function list() {
  const rows = declared().map((one) => {
    const key = document.createElement("kbd");
    key.textContent = one.dataset.key.replace(/^(Key|Digit)/, "").replace("Slash", "/").replace("Enter", "↵");
    const row = document.createElement("li");
    row.append(key, ` ${named(one)}`);
    return row;
  });
  dialog.querySelector("ul").replaceChildren(...rows);
  box.checked = !isOff();
  dialog.showModal();
}

function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog") !== null;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (event.key === "?" || event.key === "؟") {
    event.preventDefault();
    list();
    return;
  }
  if (isOff() || event.shiftKey) return;
  const one = declared().find((found) => found.dataset.key === event.code);
  if (!one) return;
  event.preventDefault();
  if (one.matches("input, textarea, select")) one.focus();
  else one.click();
}

if (dialog && box) {
  root.classList.toggle("keys", !isOff());
  box.addEventListener("change", () => turn(box.checked));
  document.addEventListener("keydown", press);
}
