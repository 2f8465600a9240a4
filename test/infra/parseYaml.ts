/**
 * The little YAML that azure.yaml is written in: nested mappings, lists of plain values, comments on lines of their own, quotes
 * around a whole value. Throws at anything else, so that nothing is read otherwise than azd reads it.
 */
export function parseYaml(text: string): unknown {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ indent: /^ */.exec(line)?.[0].length ?? 0, text: line.trim() }));
  let at = 0;

  function block(indent: number): unknown {
    return lines[at]?.text.startsWith('- ') === true ? list(indent) : mapping(indent);
  }

  function list(indent: number): unknown[] {
    const items: unknown[] = [];
    for (let line = lines[at]; line?.indent === indent; line = lines[at]) {
      if (!line.text.startsWith('- ')) throw new Error(`not an item of a list: ${line.text}`);
      items.push(scalar(line.text.slice(2)));
      at++;
    }
    return items;
  }

  function mapping(indent: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {};
    for (let line = lines[at]; line?.indent === indent; line = lines[at]) {
      const [, key, value = ''] = /^([A-Za-z]\w*):(?: (.*))?$/.exec(line.text) ?? [];
      if (key === undefined || key in entries) throw new Error(`not one more entry: ${line.text}`);
      at++;
      const below = lines[at]?.indent ?? 0;
      entries[key] = value === '' && below > indent ? block(below) : scalar(value);
    }
    return entries;
  }

  const value = block(0);
  if (at < lines.length) throw new Error(`not understood: ${lines[at]?.text}`);
  return value;
}

function scalar(text: string): string | boolean {
  const quoted = /^'([^']*)'$/.exec(text);
  if (quoted) return quoted[1] ?? '';
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^[A-Za-z.][\w./@-]*$/.test(text)) throw new Error(`not a plain value: ${text}`);
  return text;
}
