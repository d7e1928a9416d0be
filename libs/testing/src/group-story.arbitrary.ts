import { runStatuses, type FieldBasis } from '@multitask/contracts';
import fc from 'fast-check';
import { GroupStory, jsonOutput } from './group-story';
import { hostileInput, hostileObject, hostileText } from './hostile.arbitrary';

type Step = (story: GroupStory) => void;

const row = fc.nat({ max: 5 });
const attempt = fc.constantFrom(1, 1, 1, 2);
const basis: fc.Arbitrary<FieldBasis[]> = fc.array(
  fc.record({
    field: hostileText,
    reasoning: hostileText,
    confidence: fc.constantFrom('high', 'medium', 'low', 'HIGH', 'unknown', null),
    citations: fc.array(
      fc.record({ url: hostileText, title: hostileText, excerpts: fc.array(hostileText, { maxLength: 1 }) }),
      {
        maxLength: 1,
      },
    ),
  }),
  { maxLength: 2 },
);

const reported: fc.Arbitrary<Step> = fc.tuple(row, hostileObject, basis, attempt).map(
  ([r, content, b, a]): Step =>
    (story) =>
      story.reported(r, 'completed', { output: jsonOutput(content, b), attempt: a }),
);

const advanced: fc.Arbitrary<Step> = fc.tuple(row, fc.constantFrom(...runStatuses), hostileText, attempt).map(
  ([r, status, error, a]): Step =>
    (story) =>
      story.reported(r, status === 'completed' ? 'failed' : status, { error, attempt: a }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(row, { minLength: 1 }).map(
      (rows): Step =>
        (story) =>
          story.bought(rows),
    ),
  },
  fc.tuple(row, attempt).map(
    ([r, a]): Step =>
      (story) =>
        story.bought([r], a),
  ),
  { weight: 4, arbitrary: reported },
  advanced,
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(reported, advanced), { minLength: 1, maxLength: 4 }).map(
      (reports): Step =>
        (story) =>
          story.together((one) => reports.forEach((report) => report(one))),
    ),
  },
  fc.tuple(row, hostileText, attempt).map(
    ([r, why, a]): Step =>
      (story) =>
        story.rejected(r, why, a),
  ),
  fc.array(hostileInput, { minLength: 1, maxLength: 3 }).map(
    (inputs): Step =>
      (story) =>
        story.appended(inputs),
  ),
  fc.array(row, { minLength: 1 }).map(
    (rows): Step =>
      (story) =>
        story.retried(...rows),
  ),
  fc.constantFrom<Step>(
    (story) => story.cancelled(),
    (story) => story.completed(),
    (story) => story.blocked(),
  ),
);

/** Lives of a group with hostile inputs and answers, steps in any order: most follow, some cannot. */
export const groupStories: fc.Arbitrary<GroupStory> = fc
  .tuple(fc.array(hostileInput, { minLength: 1, maxLength: 5 }), fc.array(step, { maxLength: 25 }), hostileText)
  .map(([inputs, steps, title]) => {
    const spec = { processor: 'lite', output: { type: 'auto' as const }, ttl_days: 30, title };
    const story = new GroupStory().created(inputs, { spec, warnings: [{ code: 'w', message: title }] });
    for (const take of steps) take(story);
    return story;
  });
