// Elements of the page. Text goes in as text nodes: whatever a plan says, it cannot become markup.

/// el("a", {class: "place", href: "?…", onclick: f}, "text", another element, null …)
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

/// Replaces what is in an element; children as of el.
export const fill = (element, ...children) => element.replaceChildren(...present(children));

const present = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "");

export const one = (selector, within = document) => within.querySelector(selector);

/// A button that copies a text, and says for a moment that it did.
export function copy_button(text, what) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}`, title: "Copy" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text)) ? "Copied" : "Select it";
    button.focus();
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

/// The clipboard API is there in secure contexts only, and the page may be reached by plain HTTP.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "unseen", readonly: true });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

/// Says something to who cannot see it. What is said twice in a row is said once.
export function say(text) {
  const region = one("#said");
  if (region.textContent !== text) region.textContent = text;
}

export const plural = (count, word, words = word + "s") =>
  `${count.toLocaleString("en")} ${count === 1 ? word : words}`;
