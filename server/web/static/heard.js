/* A recording that this browser cannot play (WebM on an old iPhone) says so below, and gives its file. */
"use strict";
for (const sound of document.querySelectorAll("audio")) {
  sound.addEventListener("error", () => { sound.nextElementSibling.hidden = false; });
}
