/* A recording that this browser cannot play (WebM on an old iPhone) says so below, and gives its file. */
"use strict";
for (const sound of document.querySelectorAll("audio")) {
  // Assigned, not added: each recording of a page brings this script.
  sound.onerror = () => { sound.nextElementSibling.hidden = false; };
  if (sound.error) sound.onerror(); // played before this script was there
}
