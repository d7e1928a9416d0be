/** Names other APIs use for the same thing, and which of ours they mean. */
const aliases: Readonly<Record<string, string>> = {
  data: 'inputs',
  rows: 'inputs',
  items: 'inputs',
  input: 'inputs',
  schema: 'output_schema',
  json_schema: 'output_schema',
  output: 'output_description',
  description: 'output_description',
  prompt: 'output_description',
  model: 'processor',
  webhook: 'webhook_url',
  callback_url: 'webhook_url',
  name: 'title',
  ttl: 'ttl_days',
  max_cost: 'max_cost_usd',
  max_rows: 'max_inputs',
};

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[- ]/g, '_')
    .toLowerCase();

/** The known name that was probably meant, if one is near: at most two slips of the pen, or another API's word for it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = snake(name.slice(0, 64));
  if (known.includes(wanted)) return wanted;
  const alias = Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined;
  if (alias && known.includes(alias)) return alias;
  const [best] = known
    .map((candidate) => ({ candidate, slips: slipsBetween(wanted, candidate) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= Math.min(2, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein distance: letters added, left out or changed. */
function slipsBetween(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++)
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    previous = current;
  }
  return previous[b.length]!;
}
