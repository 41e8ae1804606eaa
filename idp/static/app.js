// Comfort only: every page works without this file.
"use strict";

// Show and hide a password; it is hidden again before it is sent.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const status = button.parentElement.querySelector("[role=status]");
  const reveal = (shown) => {
    input.type = shown ? "text" : "password";
    button.firstElementChild.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    reveal(shown);
    status.textContent = shown ? button.dataset.shown : button.dataset.hidden;
  });
  input.form.addEventListener("submit", () => reveal(false));
}

// Say that caps lock is on, as far as the key that was pressed tells.
for (const help of document.querySelectorAll("[data-caps]")) {
  const look = (event) => {
    const text = event.getModifierState?.("CapsLock") ? help.dataset.caps : "";
    if (help.textContent !== text) help.textContent = text;
  };
  const input = document.getElementById(help.dataset.of);
  for (const moment of ["keydown", "keyup"]) input.addEventListener(moment, look);
  input.addEventListener("blur", () => { help.textContent = ""; });
}

// Errors are read first, also in browsers that know autofocus for inputs only.
if (!("autofocus" in HTMLElement.prototype)) document.getElementById("error-summary")?.focus();

// A second click within ten seconds sends nothing twice; no button is disabled, so its value travels.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    const now = Date.now();
    if (now - sent < 10000) {
      event.preventDefault();
      return;
    }
    sent = now;
    form.setAttribute("aria-busy", "true");
  });
  // Back from the history: the page is as it was, and may be sent again.
  window.addEventListener("pageshow", () => {
    sent = 0;
    form.removeAttribute("aria-busy");
  });
}
