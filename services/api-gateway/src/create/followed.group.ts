import { limits, type CreateSpec, type GroupSpec, type GroupWarning } from '@multitask/contracts';
import type { UpstreamGroup } from './upstream';

const followedWarning: GroupWarning = {
  code: 'followed',
  message:
    'This group was made elsewhere and is only followed here: nothing is bought for it, and its rows stand in the order in which Parallel lists its runs.',
};

/** What readers are told of a group that somebody else made: whatever its runs were asked, they tell themselves. */
export const followedSpec = (
  asked: Pick<CreateSpec, 'title' | 'ttl_days'>,
  found: UpstreamGroup,
): { spec: GroupSpec; warnings: GroupWarning[] } => ({
  spec: {
    ...(asked.title !== undefined && { title: asked.title }),
    processor: found.processor ?? 'unknown',
    output: { type: 'auto' },
    ttl_days: asked.ttl_days ?? limits.ttlDays.default,
  },
  warnings: [followedWarning],
});
