import type { JsonObject, JsonValue } from '@multitask/contracts';
import { canonical } from '../model/canonical';

/** What two writers made of the same snapshot. */
export type ContextMerge = { readonly merged: JsonObject } | { readonly conflicts: readonly string[] };

/**
 * Joins a writer's context with the one that became current while it worked. `base` is the snapshot both began with. Keys that
 * only one of them changed are taken from that one; keys that both changed differently are conflicts, and nothing is lost in
 * silence.
 */
export function mergeContext(base: JsonObject, current: JsonObject, written: JsonObject): ContextMerge {
  const keys = new Set([...Object.keys(base), ...Object.keys(current), ...Object.keys(written)]);
  const merged: [string, JsonValue][] = [];
  const conflicts: string[] = [];
  for (const key of keys) {
    const was = valueOf(base, key);
    const theirs = valueOf(current, key);
    const ours = valueOf(written, key);
    if (same(theirs, was)) keep(merged, key, ours);
    else if (same(ours, was) || same(ours, theirs)) keep(merged, key, theirs);
    else conflicts.push(key);
  }
  return conflicts.length > 0 ? { conflicts: conflicts.sort() } : { merged: Object.fromEntries(merged) };
}

/** Undefined when the key is not there, which is not the same as null. */
const valueOf = (side: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(side, key) ? side[key] : undefined;

function keep(entries: [string, JsonValue][], key: string, value: JsonValue | undefined): void {
  if (value !== undefined) entries.push([key, value]);
}

const same = (a: JsonValue | undefined, b: JsonValue | undefined): boolean => canonical(a) === canonical(b);
