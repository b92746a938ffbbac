// Asking the server. A refusal is a sentence of the server's, fit to be shown.

export class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence || `The server answered ${status}.`);
    this.status = status;
  }
}

/// Kept in memory only: it is gone when the page is.
export const token = { value: "" };

async function ask(method, path, parameters, signal) {
  const query = new URLSearchParams(parameters);
  const headers = token.value ? { "X-Consul-Token": token.value } : {};
  let response;
  try {
    response = await fetch(query.size ? `${path}?${query}` : path, { method, headers, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "The server does not answer.");
  }
  if (!response.ok) throw new Refusal(response.status, (await response.text()).trim());
  return response;
}

export const get = async (path, parameters = {}, { signal } = {}) =>
  (await ask("GET", path, parameters, signal)).json();
export const put = (path, parameters = {}) => ask("PUT", path, parameters);
export const remove = (path) => ask("DELETE", path, {});
