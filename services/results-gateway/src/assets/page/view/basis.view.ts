import type { Basis, Citation } from '../data/answer';
import { hostOf, webUrl, counted } from '../data/text';
import { make, outsideLink } from './dom';

/** Why a field says what it says: the reasoning, and each source with what it says there. */
export function basisPart(entries: readonly Basis[]): HTMLElement | null {
  const parts = entries.flatMap((entry) => {
    const citations = entry.citations ?? [];
    if (!entry.reasoning && citations.length === 0) return [];
    // An element of a list is rated and reasoned apart: `founders.0`.
    const isPart = entry.field.includes('.') && entries.length > 1;
    return [
      isPart && make('p', { className: 'basis-part' }, entry.field),
      entry.reasoning ? make('p', { className: 'reasoning' }, entry.reasoning) : null,
      citations.length > 0 && sources(citations),
    ];
  });
  return parts.length > 0 ? make('div', { className: 'basis' }, ...parts) : null;
}

const sources = (citations: readonly Citation[]): HTMLElement =>
  make(
    'details',
    { className: 'sources', open: citations.length <= 3 },
    make('summary', {}, counted(citations.length, 'source')),
    make('ul', {}, ...citations.map((citation) => make('li', {}, sourceLine(citation), ...excerpts(citation)))),
  );

function sourceLine({ url, title }: Citation): HTMLElement {
  const address = webUrl(url ?? '');
  if (!address) return make('span', {}, title || url || 'a source without an address');
  const link = outsideLink(address, title || hostOf(address));
  return title ? make('span', {}, link, make('span', { className: 'host' }, hostOf(address))) : link;
}

const excerpts = ({ excerpts }: Citation): HTMLElement[] =>
  (excerpts ?? []).map((excerpt) => make('blockquote', {}, excerpt));
