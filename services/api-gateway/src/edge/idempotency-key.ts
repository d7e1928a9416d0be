import { MultitaskError } from '@multitask/contracts';
import type { FastifyRequest } from 'fastify';

export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = [request.headers['idempotency-key']].flat()[0];
  if (key === undefined || /^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(key)) return key;
  throw new MultitaskError('invalid_field', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', {
    field: 'Idempotency-Key',
  });
}
