// Long work in short pieces, so that the page answers keys and pointer between them.

const LENGTH = 6; // milliseconds of work before a frame is painted

export const next_frame = () =>
  new Promise((resolve) => (document.hidden ? setTimeout(resolve) : requestAnimationFrame(() => setTimeout(resolve))));

/// Calls work(item) for each; false when the signal ended it on the way. Where what is made costs much to paint, a
/// slice has to be shorter.
export async function in_slices(items, work, signal, length = LENGTH) {
  let began = performance.now();
  for (const item of items) {
    if (performance.now() - began > length) {
      await next_frame();
      if (signal?.aborted) return false;
      began = performance.now();
    }
    work(item);
  }
  return true;
}
