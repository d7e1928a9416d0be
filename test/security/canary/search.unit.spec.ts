import { formsOf, hitsIn, newCanary } from './search';

const canary = newCanary('one');

describe('the search for secrets', () => {
  it.each<[string, string | Uint8Array]>([
    ['raw', `a log line with ${canary.core} in it`],
    ['raw', Buffer.from(`\0\u00ff${canary.core}\0`)],
    ['raw', JSON.stringify({ key: `"${canary.core}\\` })],
    ['raw', encodeURIComponent(`/?=${canary.core}&`)],
    ['hex', Buffer.from(canary.core).toString('hex')],
    ['UTF-16', Buffer.from(canary.core, 'utf16le')],
    ['base64 at 0', Buffer.from(canary.core).toString('base64')],
    ['base64 at 0', Buffer.from(`abc${canary.core}xyz`).toString('base64')],
    ['base64 at 1', Buffer.from(`a${canary.core}`).toString('base64')],
    ['base64 at 2', Buffer.from(`me:pass=${canary.core}!`).toString('base64')],
    ['base64url at 2', Buffer.from(`ab${canary.core}\u00ff`).toString('base64url')],
  ])('finds one in the form %s', (form, data) => {
    expect(hitsIn({ name: 'there', data }, [newCanary('other'), canary])).toContainEqual(
      expect.objectContaining({ surface: 'there', canary: 'one', form }),
    );
  });

  it('finds nothing where nothing is', () => {
    expect(hitsIn({ name: 'there', data: canary.core.slice(0, -1) }, [canary])).toEqual([]);
  });

  it('looks for long texts alone, which nothing holds by chance', () => {
    for (const spelling of Object.values(formsOf(canary.core))) expect(spelling.length).toBeGreaterThan(30);
  });
});
