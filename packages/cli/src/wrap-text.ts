/** Fits a terminal and a page of documentation. */
const COLUMNS_MAX = 100;

/** Breaks prose between words into lines of at most 100 characters; a longer word has a line of its own. */
export function wrapText(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS_MAX) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.join('\n');
}
