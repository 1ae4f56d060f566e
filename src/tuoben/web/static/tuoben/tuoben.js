// A copy button beside each address. Pages are whole without it.
"use strict";
for (const address of document.querySelectorAll("code[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = address.dataset.copy;
  button.setAttribute("aria-label", address.dataset.copy + " " + address.textContent);
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(address.textContent).then(() => {
      button.textContent = address.dataset.copied;
      setTimeout(() => { button.textContent = address.dataset.copy; }, 2000);
    });
  });
  address.after(" ", button);
}
