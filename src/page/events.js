// Server-sent events, read by fetch: unlike EventSource it shows that the stream has fallen silent,
// which a connection does that is dead and was never closed.

const SILENCE = 40_000; // the server sends at least a comment every 15 s
const PAUSES = [500, 1000, 2000, 4000];

/// Listens for ever. `heard(name, data)` is called for each event, `state("open" | "lost")` as it goes.
export async function listen(url, heard, state) {
  for (let failures = 0; ;) {
    const stop = new AbortController();
    let watchdog;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => stop.abort(), SILENCE);
    };
    alive();
    try {
      const response = await fetch(url, {
        signal: stop.signal,
        cache: "no-store",
        headers: { Accept: "text/event-stream" },
      });
      if (!response.ok) throw new Error(response.statusText);
      state("open");
      failures = 0;
      const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const take = event_reader(heard);
      for (let piece; !(piece = await text.read()).done; take(piece.value)) alive();
    } catch {
      // It is as if the stream had ended: try again.
    }
    clearTimeout(watchdog);
    stop.abort();
    state("lost");
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(failures++, PAUSES.length - 1)]));
  }
}

/// A function that takes the stream's text as it comes, and calls heard(name, data) at the end of each event.
function event_reader(heard) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      let name = "message";
      const data = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      }
      if (data.length) heard(name, JSON.parse(data.join("\n")));
    }
  };
}
