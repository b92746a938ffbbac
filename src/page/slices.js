// Long work in short pieces, so that the page answers keys and pointer between them.

const LENGTH = 6; // milliseconds of work before a frame may be painted

const next_frame = () =>
  new Promise((resolve) => (document.hidden ? setTimeout(resolve) : requestAnimationFrame(() => setTimeout(resolve))));

/// Calls work(item) for each; false when the signal ended it on the way.
export async function in_slices(items, work, signal) {
  let began = performance.now();
  for (const item of items) {
    if (performance.now() - began > LENGTH) {
      await next_frame();
      if (signal?.aborted) return false;
      began = performance.now();
    }
    work(item);
  }
  return true;
}
