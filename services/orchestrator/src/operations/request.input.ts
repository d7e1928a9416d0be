import { MultitaskError, type JsonValue } from '@multitask/contracts';
import type { Operation } from '@multitask/orchestration-operations';
import { parseJson } from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

type JsonSchema = { readonly properties?: Readonly<Record<string, { type?: string; anyOf?: { type?: string }[] }>> };

const jsonType = /^(application|text)\/([a-z.-]{1,100}\+)?json$/;

/** The JSON body, and the header `Idempotency-Key` where the operation takes one. Bodies of `curl -d` are JSON as well. */
export function inputOfBody(operation: Operation, request: FastifyRequest): unknown {
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType !== '' && mediaType !== 'application/x-www-form-urlencoded' && !jsonType.test(mediaType))
    throw new MultitaskError('unsupported_media_type', 'Send the input as application/json.', {
      field: 'Content-Type',
    });
  const text = typeof request.body === 'string' ? request.body : '';
  const input = text.trim() === '' ? {} : parseJson(text, 'The body');
  return withKey(operation, input, [request.headers['idempotency-key']].flat()[0]);
}

function withKey(operation: Operation, input: JsonValue, key: string | undefined): JsonValue {
  if (key === undefined || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  if (!('idempotencyKey' in propertiesOf(operation))) return input;
  const given = input.idempotencyKey;
  if (given !== undefined && given !== key)
    throw new MultitaskError('invalid_field', 'Idempotency-Key and idempotencyKey differ; send one of them.', {
      field: 'Idempotency-Key',
    });
  return { ...input, idempotencyKey: key };
}

/** The query as the operation's input: a list is one parameter several times, or once with commas. */
export function inputOfQuery(operation: Operation, request: FastifyRequest): unknown {
  const query = new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');
  const properties = propertiesOf(operation);
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const type = Object.hasOwn(properties, name) ? properties[name]!.type : undefined;
    if (type === 'array') input[name] = values.flatMap((value) => value.split(',')).filter(Boolean);
    else if (values.length > 1)
      throw new MultitaskError('invalid_field', 'A parameter is there twice; send it once.', { field: 'query' });
    else input[name] = ofType(type, values[0]!);
  }
  return { ...input };
}

/** What cannot be read as the type it should have is left as it is, and refused by the schema. */
const ofType = (type: string | undefined, text: string): unknown =>
  type === 'integer' && /^-?\d{1,16}$/.test(text) ? Number(text) : text;

const schemas = new WeakMap<Operation, NonNullable<JsonSchema['properties']>>();

function propertiesOf(operation: Operation): NonNullable<JsonSchema['properties']> {
  const known = schemas.get(operation);
  if (known) return known;
  const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  schemas.set(operation, schema.properties ?? {});
  return schema.properties ?? {};
}
