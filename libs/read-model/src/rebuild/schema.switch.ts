import { IdentifierNode, OperationNodeTransformer, type KyselyPlugin, type SchemableIdentifierNode } from 'kysely';

/** Sends every statement that names a table of one schema to the table of the same name in another. */
export class SchemaSwitch extends OperationNodeTransformer implements KyselyPlugin {
  constructor(private readonly schemas: Readonly<Record<string, string>>) {
    super();
  }

  transformQuery: KyselyPlugin['transformQuery'] = ({ node, queryId }) => this.transformNode(node, queryId);
  transformResult: KyselyPlugin['transformResult'] = ({ result }) => Promise.resolve(result);

  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
    queryId?: Parameters<OperationNodeTransformer['transformNode']>[1],
  ): SchemableIdentifierNode {
    const transformed = super.transformSchemableIdentifier(node, queryId);
    const schema = transformed.schema && this.schemas[transformed.schema.name];
    return schema === undefined ? transformed : { ...transformed, schema: IdentifierNode.create(schema) };
  }
}
