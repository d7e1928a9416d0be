import type { FieldBasis, TaskRunOutput } from '@multitask/contracts';
import { flatName, outputFields } from '@multitask/task-group';

export const confidences = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof confidences)[number];

export const confidenceMark: Record<Confidence, string> = { high: '🟢', medium: '🟡', low: '🔴' };

/**
 * The confidence of each output field by its name in the flat row. A list may be rated element by element (`founders.0`): then the least
 * sure element speaks for the field. Fields without a known rating are absent.
 */
export function confidenceByField(output: TaskRunOutput | null): Map<string, Confidence> {
  const found = new Map<string, Confidence>();
  const names = new Set(output ? outputFields(output).map(([name]) => name) : []);
  for (const { field, confidence } of basisOf(output)) {
    const level = confidences.find((known) => known === confidence?.toLowerCase());
    if (!level) continue;
    const name = names.has(flatName(field)) ? flatName(field) : flatName(field.split('.', 1)[0]!);
    const before = found.get(name);
    if (before === undefined || confidences.indexOf(level) < confidences.indexOf(before)) found.set(name, level);
  }
  return found;
}

export const basisOf = (output: TaskRunOutput | null): readonly FieldBasis[] => output?.basis ?? [];
