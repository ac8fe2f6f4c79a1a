const quote = 0x22;
const backslash = 0x5c;
const opening = [0x5b, 0x7b];
const closing = [0x5d, 0x7d];

/**
 * Whether lists and objects of a JSON text lie in each other deeper than `max`. Looked at before the text is parsed: whatever walks
 * through what was parsed may then call itself. Of a text that is no JSON it says something, and never throws.
 */
export function isDeeperThan(max: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === backslash) at += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (opening.includes(code)) {
      depth += 1;
      if (depth > max) return true;
    } else if (closing.includes(code)) depth -= 1;
  }
  return false;
}
