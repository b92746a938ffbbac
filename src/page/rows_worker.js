// Reads the rows of an environment beside the main thread: to parse megabytes at once would hold it up.
// Takes {url}; posts {rows: […]} a few hundred at a time, then {end: true}, or {refusal, status}.

const PIECE = 400;

addEventListener("message", async ({ data: { url } }) => {
  try {
    const response = await fetch(url, { cache: "no-store" });
    if (!response.ok) return postMessage({ refusal: (await response.text()).trim(), status: response.status });
    const { rows } = await response.json();
    for (let at = 0; at < rows.length; at += PIECE) postMessage({ rows: rows.slice(at, at + PIECE) });
    postMessage({ end: true });
  } catch {
    postMessage({ refusal: "The server does not answer.", status: 0 });
  }
});
