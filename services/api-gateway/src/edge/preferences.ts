import { limits } from '@multitask/contracts';

export type AnswerFormat = 'text' | 'json' | 'html';

const offered: Readonly<Record<string, AnswerFormat>> = {
  'text/plain': 'text',
  'application/json': 'json',
  'text/html': 'html',
};

/**
 * Text for clients that name no preference, as curl does; otherwise what the client likes best of what it names.
 * `application/*` means json, `text/*` means text.
 */
export function answerFormat(accept: string | undefined): AnswerFormat {
  let best: { format: AnswerFormat; quality: number } = { format: 'text', quality: 0 };
  for (const part of (accept ?? '').split(',').slice(0, 50)) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1) || 0;
    const format = range === 'application/*' ? 'json' : Object.hasOwn(offered, range) ? offered[range] : undefined;
    if (format && quality > best.quality) best = { format, quality };
  }
  return best.format;
}

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 50; undefined without it. */
export function preferredWait(prefer: string | string[] | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec([prefer ?? ''].flat().join(','));
  return match ? Math.min(Number(match[1]), limits.preferWaitSeconds) : undefined;
}
