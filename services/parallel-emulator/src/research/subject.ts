/** A few words that say what an input is about, for sentences. */
export function subjectOf(input: unknown): string {
  if (typeof input === 'string') return shortened(input);
  if (typeof input !== 'object' || input === null) return 'the input';
  const texts = Object.values(input).filter((value) => typeof value === 'string' && value.trim() !== '');
  return texts.length > 0 ? shortened(String(texts[0])) : 'the input';
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57).trimEnd()}…` : line || 'the input';
}
