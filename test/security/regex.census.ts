import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface FoundRegex {
  /** `file:line`. */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

const root = join(__dirname, '../..');

/** What stands for a part of an expression that is made at run time, by its text in the source. */
const madeAtRunTime: Readonly<Record<string, string>> = {
  separator: ',',
  'letter[kind]': 'r',
  "formats.join('|')": 'json|html|csv',
  "id.replace('ID', 'group')": '(?<group>[^/]+)',
  "id.replace('ID', 'run')": '(?<run>[^/]+)',
  // The emulator's operator writes it, who may as well stop the emulator.
  expression: 'v1/tasks/runs/[^/]+',
};

/** Every regular expression of the product, literal or made by `RegExp`. */
export function regexesOfTheProduct(): FoundRegex[] {
  const paths = ['libs/*/src/**.ts', 'services/*/src/**.ts', 'services/*/src/**.js'];
  return execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...paths], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !/\.spec\.ts$|\/testing\//.test(file))
    .flatMap(regexesOf);
}

function regexesOf(file: string): FoundRegex[] {
  const text = readFileSync(join(root, file), 'utf8');
  const sourceFile = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const constants = new Map<string, ts.Expression>();
  const found: FoundRegex[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      constants.set(node.name.text, node.initializer);
    const place = () => `${file}:${sourceFile.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) found.push({ place: place(), ...partsOf(node.text) });
    else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp') {
      const [pattern, flags] = node.arguments ?? [];
      found.push({ place: place(), source: textOf(pattern!, constants), flags: flags ? textOf(flags, constants) : '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

/** The text an expression has at run time, as far as the file alone tells. */
function textOf(node: ts.Expression, constants: ReadonlyMap<string, ts.Expression>): string {
  const known = madeAtRunTime[node.getText()];
  if (known !== undefined) return known;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isRegularExpressionLiteral(node)) return partsOf(node.text).source;
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce(
      (text, span) => text + textOf(span.expression, constants) + span.literal.text,
      node.head.text,
    );
  if (ts.isBinaryExpression(node)) return textOf(node.left, constants) + textOf(node.right, constants);
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'source') return textOf(node.expression, constants);
  if (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'join'
  ) {
    const list = node.expression.expression;
    const items = ts.isIdentifier(list) ? constants.get(list.text) : list;
    if (items && ts.isArrayLiteralExpression(items))
      return items.elements.map((item) => textOf(item, constants)).join(textOf(node.arguments[0]!, constants));
  }
  const constant = ts.isIdentifier(node) ? constants.get(node.text) : undefined;
  if (constant) return textOf(constant, constants);
  throw new Error(`${node.getSourceFile().fileName}: say in madeAtRunTime what ${node.getText()} may be`);
}

const partsOf = (literal: string): { source: string; flags: string } => {
  const end = literal.lastIndexOf('/');
  return { source: literal.slice(1, end), flags: literal.slice(end + 1) };
};
