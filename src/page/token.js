// A token, for those who may take endpoints out of the answers. It is kept in memory, and goes with the page.

import { token } from "./api.js";
import { one } from "./dom.js";

export function add_token_dialog(changed) {
  const dialog = one("#token-dialog");
  const button = one("#token");
  const field = one("#token-value");
  const keep = (value) => {
    token.value = value;
    field.value = "";
    button.textContent = value ? "Token set" : "Token";
    button.setAttribute("aria-pressed", String(Boolean(value)));
    dialog.close();
    changed();
  };
  button.addEventListener("click", () => dialog.showModal());
  one("form", dialog).addEventListener("submit", (event) => {
    event.preventDefault();
    keep(field.value.trim());
  });
  one("#token-forget").addEventListener("click", () => keep(""));
  one("#token-cancel").addEventListener("click", () => dialog.close());
}
