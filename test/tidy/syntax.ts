import { parseSync, Visitor } from 'oxc-parser';
import { type RepositoryFile } from './repository.ts';

/** A function and its length. */
export interface MeasuredFunction {
  readonly name: string;
  readonly line: number;
  /** Lines from the first to the last. */
  readonly lines: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function parsed({ path, text }: RepositoryFile): ReturnType<typeof parseSync> {
  const result = parseSync(path, text);
  const [error] = result.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  return result;
}

/** Every module that a file names: in imports and re-exports of values and types, `import()`, and `require`. */
export function importsOf(file: RepositoryFile): string[] {
  const named: string[] = [];
  const add = (source: { readonly type: string; readonly value?: unknown } | null): void => {
    if (source !== null && typeof source.value === 'string') named.push(source.value);
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    TSExternalModuleReference: (node) => add(node.expression),
    CallExpression: (node) => {
      const [argument] = node.arguments;
      if (node.callee.type === 'Identifier' && node.callee.name === 'require' && argument) add(argument);
    },
  }).visit(parsed(file).program);
  return named;
}

/** Every function of a file that has a body, named by its declaration, or by what it is assigned to. */
export function functionsOf(file: RepositoryFile): MeasuredFunction[] {
  const names = new Map<number, string>();
  const found: Span[] = [];
  const named = (value: Span | null, key: Span): void => {
    if (value !== null) names.set(value.start, file.text.slice(key.start, key.end));
  };
  const functionFound = (node: Span & { readonly id?: Span | null; readonly body: unknown }): void => {
    if (node.body === null) return;
    if (node.id) named(node, node.id);
    found.push({ start: node.start, end: node.end });
  };
  new Visitor({
    VariableDeclarator: (node) => named(node.init, node.id),
    MethodDefinition: (node) => named(node.value, node.key),
    PropertyDefinition: (node) => named(node.value, node.key),
    Property: (node) => named(node.value, node.key),
    FunctionDeclaration: functionFound,
    FunctionExpression: functionFound,
    ArrowFunctionExpression: functionFound,
  }).visit(parsed(file).program);
  return found.map((span) => measured(file.text, span, names.get(span.start) ?? 'anonymous'));
}

function measured(text: string, span: Span, name: string): MeasuredFunction {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const line = lineOf(span.start);
  return { name, line, lines: lineOf(span.end) - line + 1 };
}
