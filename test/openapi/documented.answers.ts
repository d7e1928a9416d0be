import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { openApiDocument } from '@multitask/api-gateway';

interface Media {
  readonly schema: object;
}
interface DocumentedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: object;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The document as a judge of answers: which statuses there are, and whether an answer is what its operation says. */
export class DocumentedAnswers {
  private readonly document = openApiDocument('https://multitask.example') as Document;
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  private readonly validators = new Map<object, ValidateFunction>();
  readonly operations = new Map(
    Object.values(this.document.paths).flatMap((path) =>
      Object.values(path).map((operation) => [operation.operationId, operation] as const),
    ),
  );

  /** `operationId status` of all there is. */
  get statuses(): string[] {
    return [...this.operations].flatMap(([id, { responses }]) =>
      Object.keys(responses).map((status) => `${id} ${status}`),
    );
  }

  /** What is wrong with the answer by the document; empty when nothing is. */
  faultsOf(operationId: string, answer: Answer): string[] {
    const response = this.operations.get(operationId)?.responses[answer.status];
    const what = `${operationId} ${answer.status}`;
    if (!response) return [`${what} is not documented: ${answer.text.slice(0, 300)}`];
    const { content } = response;
    if (!content) return answer.text === '' ? [] : [`${what} has a body: ${answer.text.slice(0, 100)}`];
    const type = answer.contentType.split(';')[0]!;
    const media = content[type];
    if (!media) return [`${what} came as ${type || 'nothing'}, documented is ${Object.keys(content).join(', ')}`];
    if (answer.text === '') return [`${what} is empty`];
    if (!/^application\/(.+\+)?json$/.test(type)) return [];
    const validate = this.validatorOf(media.schema);
    if (validate(JSON.parse(answer.text))) return [];
    return [`${what} is not as its schema says: ${this.ajv.errorsText(validate.errors)}`];
  }

  private validatorOf(schema: object): ValidateFunction {
    const known = this.validators.get(schema);
    if (known) return known;
    const made = this.ajv.compile({ ...schema, components: this.document.components });
    this.validators.set(schema, made);
    return made;
  }
}
