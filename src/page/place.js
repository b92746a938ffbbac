// Where one is: it stands in the address, so that it can be sent to somebody else and gone back to.

const KEYS = ["zone", "environment", "view", "service", "port"];

/// {zone, environment, view, service, port}; "" for what the address does not say.
export function place() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(KEYS.map((key) => [key, query.get(key) ?? ""]));
}

/// The address of a place. What `changes` does not name stays, except for what lies below what it does.
export function address(changes) {
  const below = { zone: ["environment", "service", "port"], view: ["service", "port"], service: ["port"] };
  const next = place();
  for (const key of Object.keys(changes)) for (const lower of below[key] ?? []) next[lower] = "";
  Object.assign(next, changes);
  const query = new URLSearchParams(Object.entries(next).filter(([, value]) => value));
  return query.size ? `/?${query}` : "/";
}

const listeners = [];

/// Calls back with (now, before) whenever the place has changed.
export const on_move = (listener) => listeners.push(listener);

let before = place();
function moved() {
  const now = place();
  const was = before;
  before = now;
  for (const listener of listeners) listener(now, was);
}

export function go(changes, { replace = false } = {}) {
  const target = address(changes);
  if (target !== location.pathname + location.search) history[replace ? "replaceState" : "pushState"](null, "", target);
  moved();
}

window.addEventListener("popstate", moved);

/// Links between places do not load the page anew.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='/?'], a[href='/']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  moved();
});
