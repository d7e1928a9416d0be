import { randomFillSync } from 'node:crypto';

/** One place in a distributed trace, as W3C Trace Context defines it. */
export interface Trace {
  /** 32 lower-case hex digits, the same for everything one request causes. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the step that is the parent of whatever comes next. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for anything the specification tells a receiver to ignore. */
export function parseTraceparent(header: unknown): Trace | undefined {
  const match = typeof header === 'string' ? pattern.exec(header) : null;
  if (!match) return undefined;
  const [, version, traceId, spanId, flags, more] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  // Version 00 has nothing after the flags; ff is forbidden; later versions may carry more.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 };
}

export const formatTraceparent = (trace: Trace): string =>
  `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;

/** The next step of a trace, or the first of a new one. */
export const nextStep = (parent?: Trace): Trace => ({
  traceId: parent?.traceId ?? randomHex(16),
  spanId: randomHex(8),
  sampled: parent?.sampled ?? true,
});

/** Asking the system for eight random bytes costs as much as asking for 4 KiB, and every request asks twice. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
