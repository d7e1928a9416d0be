import type { FactValue } from './country.facts';
import type { Kind } from './schema.follower';

/** A fact as a value of the kind a schema asks for, or undefined when it cannot be one. */
export function coerceFact(value: FactValue, kind: Kind): unknown {
  switch (kind) {
    case 'string':
      return Array.isArray(value) ? value.join(', ') || 'none' : String(value);
    case 'strings':
      return Array.isArray(value) ? [...value] : typeof value === 'string' ? [value] : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
      return typeof value === 'number' ? Math.round(value) : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
  }
}
