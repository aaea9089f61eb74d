/* Points near where the browser says it is: sent in a form's body, once, and kept by nobody. */
"use strict";
(() => {
  const form = document.querySelector("[data-near]");
  if (!form || !navigator.geolocation) return;
  form.hidden = false;
  const button = form.querySelector("button"), problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", event => {
    if (form.elements.position.value) return;
    event.preventDefault();
    button.disabled = true;
    problem.hidden = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // A hundred metres are near enough: finer, it would be a house.
        form.elements.position.value = `${coords.latitude.toFixed(3)}, ${coords.longitude.toFixed(3)}`;
        form.submit();
      },
      () => { button.disabled = false; problem.hidden = false; },
      { timeout: 20000, maximumAge: 600000 },
    );
  });
  addEventListener("pageshow", () => { form.elements.position.value = ""; button.disabled = false; });
})();
