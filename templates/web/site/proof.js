// Spends a moment of the processor for the form, and puts the proof into it (ALTCHA, version 2).
// Without this script the form works too, less often.
"use strict";

(() => {
  const form = document.querySelector("form[data-proof]");
  if (!form || !window.crypto || !crypto.subtle) return;

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hex = (buffer) =>
    Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function derive(parameters, counter) {
    const nonce = bytes(parameters.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const rule = { name: "PBKDF2", hash: "SHA-256", salt: bytes(parameters.salt), iterations: parameters.cost };
    return hex(await crypto.subtle.deriveBits(rule, key, parameters.keyLength * 8));
  }

  async function solve() {
    const challenge = await (await fetch(form.dataset.proof)).json();
    for (let counter = 0; ; counter += 1) {
      const derivedKey = await derive(challenge.parameters, counter);
      if (derivedKey.startsWith(challenge.parameters.keyPrefix)) {
        form.elements.proof.value = btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
        return;
      }
    }
  }

  let solving = null;
  const begin = () => (solving ??= solve().catch(() => {}));
  form.addEventListener("focusin", begin);
  form.addEventListener("submit", async (event) => {
    const button = event.submitter ?? form.querySelector("button");
    if (form.elements.proof.value || button.hasAttribute("formaction")) return;
    event.preventDefault();
    button.textContent = form.dataset.wait;
    await begin();
    form.submit();
  });
  // Whoever comes back to this page with the browser's button needs a proof of his own.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
