// Numbers as the convention composes them.

/// 40805 by XYYZZ: [{field: "instance", text: "4"}, {field: "application", text: "08"}, {field: "type", text: "05"}].
/// One run without a field when the number is not of the pattern.
export function runs(port, { pattern, fields }) {
  const text = String(port).padStart(pattern.length, "0");
  if (!pattern || !fields || text.length !== pattern.length) return [{ field: "", text: String(port) }];
  const found = [];
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === pattern[at - 1]) found[found.length - 1].text += text[at];
    else found.push({ field: fields[pattern[at]] ?? "", text: text[at] });
  }
  return found;
}

/// An id with as many digits as its field has.
export function id_text(id, field, { pattern, fields }) {
  const letter = Object.keys(fields ?? {}).find((key) => fields[key] === field);
  return String(id).padStart([...pattern].filter((each) => each === letter).length, "0");
}

/// "10103-10104" or "10103".
export const span_text = (first, last) => (first === last ? String(first) : `${first}–${last}`);
