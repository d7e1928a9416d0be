// Runs in a process of its own, so that an expression that never ends can be ended. Reads [{ place, source, flags }] from stdin;
// writes a line before each expression and one for each text that takes longer than the budget.
const { readFileSync } = require('node:fs');

const tell = (line) => process.stdout.write(`${line}\n`);

const budgetMs = Number(process.argv[2]);
const length = 50_000;

/** A tenth of the text is tried before: what is not linear shows there already, and costs a hundredth of the time. */
const sample = { length: length / 10, budgetMs: budgetMs / 20 };

/** Characters that pairs are made of with those of the expression itself. */
const common = ['a', '0', ' ', '.', '/', '-', '"', '\n', ','];

/** Texts that expressions of this shape take longest for: what they repeat, over and over, and never what they end with. */
function* attacks(source) {
  const plain = source.replace(
    /\\[bBdDsSwW]|\\[nrt0]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\p\{[^}]*\}|\(\?[:=!<][=!]?/gi,
    ' ',
  );
  const own = [...new Set(plain.replaceAll('\\', '').replace(/[[\](){}|^$*+?]/g, ''))].slice(0, 24);
  const escaped = [...source.matchAll(/\\([^A-Za-z0-9])/g)].map(([, character]) => character);
  const characters = [...new Set([...common, ...own, ...escaped, '\\', '<', '\t', 'A', 'é', '\u0000'])];
  const fill = (piece) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  for (const character of characters) for (const end of ['', '\u0001', '!', '\n']) yield fill(character) + end;
  for (const first of own.slice(0, 12))
    for (const second of common) if (first !== second) yield `${fill(first + second)}\u0001`;
  const words = plain.match(/[A-Za-z0-9_<:"'/=. -]{2,}/g) ?? [];
  for (const word of words.slice(0, 4)) {
    yield `${fill(word)}\u0001`;
    for (const character of common) yield `${word}${fill(character)}\u0001`;
  }
}

const cpuMs = (work) => {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
};

for (const { place, source, flags } of JSON.parse(readFileSync(0, 'utf8'))) {
  tell(`try ${place}`);
  const expression = new RegExp(source, flags);
  const use = (text) => () => {
    expression.lastIndex = 0;
    // Every match, where the expression is used for that, else the first.
    if (flags.includes('g')) text.replace(expression, '');
    else expression.test(text);
  };
  // What was interrupted once is not slow: the best of three counts.
  const isSlow = (text, budget) => [1, 2, 3].every(() => cpuMs(use(text)) > budget);
  for (const text of attacks(source)) {
    const start = text.slice(0, sample.length) + text.slice(length);
    if (!isSlow(start, sample.budgetMs) && !isSlow(text, budgetMs)) continue;
    tell(
      `slow ${place} /${source}/${flags} for ${JSON.stringify(text.slice(0, 12))}…${JSON.stringify(text.slice(-1))}`,
    );
    break;
  }
}
tell('done');
