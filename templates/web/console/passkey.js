// Asks the browser for a passkey, or to make one, and sends its answer with the form.
const form = document.querySelector("form[data-passkey]");
const said = document.getElementById("said");

async function ask() {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) {
    said.textContent = "This browser knows no passkeys.";
    return;
  }
  const options = JSON.parse(form.dataset.options);
  try {
    const made = form.dataset.passkey === "get"
      ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
      : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    form.elements.answer.value = JSON.stringify(made.toJSON());
    form.submit();
  } catch (error) {
    said.textContent = "The browser gave no passkey: " + error.message;
  }
}

form.querySelector("button").addEventListener("click", ask);
if (form.dataset.passkey === "get") ask();
