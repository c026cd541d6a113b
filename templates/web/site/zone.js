// Offers the browser's time zone in the sign-up form, and all others as suggestions.
// Without this script the form works too: the service's own zone stands there, to be typed over.
"use strict";

(() => {
  const field = document.getElementById("timezone");
  if (!field) return;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (own && "fresh" in field.dataset) field.value = own;
  if (!Intl.supportedValuesOf) return;
  const list = document.createElement("datalist");
  list.id = "zones";
  for (const name of Intl.supportedValuesOf("timeZone")) list.append(new Option("", name));
  field.after(list);
  field.setAttribute("list", list.id);
})();
