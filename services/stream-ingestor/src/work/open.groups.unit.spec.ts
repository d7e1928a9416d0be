import fc from 'fast-check';
import { everyOpenGroup } from './open.groups';

describe('groups that are not complete', () => {
  it('are all found, however many stand before them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 12 }), async (count, size) => {
        const all = Array.from({ length: count }, (_, i) => ({ groupId: `group ${i}`, createdAt: new Date(i) }));
        let asked = 0;
        const openGroups = (limit: number, after?: { groupId: string }) => {
          asked++;
          const from = after ? all.findIndex(({ groupId }) => groupId === after.groupId) + 1 : 0;
          return Promise.resolve(all.slice(from, from + limit));
        };
        expect([...(await everyOpenGroup({ openGroups }, size))]).toEqual(all.map(({ groupId }) => groupId));
        expect(asked).toBe(Math.floor(count / size) + 1);
      }),
    );
  });
});
