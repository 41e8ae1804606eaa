// Ticks the rules of a new password while it is typed. It knows no rules: the server is asked, and
// says what it would say to the form. Whatever goes wrong here, the list stands as it did before.
"use strict";

const PAUSE = 400;
const SILENCE = { rules: [], problems: [], notes: [], status: "" };

// A button must not move away from under the pointer that presses it: its click would be lost.
let pressing = Promise.resolve();
addEventListener("pointerdown", () => {
  pressing = new Promise((released) => {
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(released), { once: true });
  });
}, true);

for (const list of document.querySelectorAll("[data-check]")) {
  const input = document.getElementById(list.dataset.input);
  const helps = document.getElementById(`${input.id}-helps`);
  const told = document.getElementById(`${input.id}-told`);
  const rules = [...list.querySelectorAll("li")].map((item) => {
    const state = item.appendChild(document.createElement("span"));
    return { item, state };
  });
  let timer, asked = 0, rest = 0, left = false;

  const show = (answer) => {
    rules.forEach(({ item, state }, at) => {
      const met = answer.rules[at];
      item.classList.toggle("rules__met", met === true);
      state.textContent = met === undefined ? "" : ` (${met ? list.dataset.met : list.dataset.open})`;
    });
    // A rule of the list says enough while somebody is still typing.
    const problems = answer.problems.filter((problem) => left || !problem.listed);
    helps.replaceChildren(...[...problems.map((problem) => problem.text), ...answer.notes].map((text) => {
      const line = document.createElement("p");
      line.textContent = text;
      return line;
    }));
    if (told.textContent !== answer.status) told.textContent = answer.status;
  };

  const ask = async () => {
    clearTimeout(timer);
    const turn = ++asked;
    if (!input.value || Date.now() < rest) return show(SILENCE);
    const body = new URLSearchParams({ password: input.value });
    for (const name of ["csrf_token", "link"]) {
      const field = input.form.elements[name];
      if (field) body.set(name, field.value);
    }
    let answer = SILENCE;
    try {
      const response = await fetch(list.dataset.check, { method: "POST", body, redirect: "error" });
      if (response.ok) answer = await response.json();
      else rest = Date.now() + 1000 * (Number(response.headers.get("Retry-After")) || 10);
    } catch { /* no line, or the page is being left */ }
    await pressing;
    if (turn === asked) show(answer);
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("change", () => {
    left = true;
    ask();
  });
}
