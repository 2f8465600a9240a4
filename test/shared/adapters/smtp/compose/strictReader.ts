/**
 * Reads a mail as the RFCs have it and nothing else: throws where a rule is broken that a tolerant reader would pass over.
 * It knows the grammar that a composer uses, not all that a mail may be.
 */
export interface StrictEntity {
  /** In their order, unfolded, by their names as written. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** In lower case. */
  readonly type: string;
  readonly typeParameters: ReadonlyMap<string, string>;
  readonly disposition: string | null;
  readonly fileName: string | null;
  readonly contentId: string | null;
  readonly encoding: string;
  /** Of a multipart. */
  readonly parts: readonly StrictEntity[];
  /** Decoded; of a multipart nothing. */
  readonly body: Buffer;
}

export function readStrictly(mail: Buffer): StrictEntity {
  const raw = mail.toString('latin1');
  expectThat(!/[^\t\n\r -~]/.test(raw), '7-bit text without control characters');
  expectThat(!/\r(?!\n)|(?<!\r)\n/.test(raw), 'no lone CR or LF');
  expectThat(raw.endsWith('\r\n'), 'a line end at the end');
  for (const line of raw.split('\r\n')) expectThat(line.length <= 998, 'no line above 998 octets', line);
  return readEntity(raw);
}

/** The value of a field of that name; null where there is none. */
export function fieldOf(entity: StrictEntity, name: string): string | null {
  return entity.fields.find(([own]) => own.toLowerCase() === name.toLowerCase())?.[1] ?? null;
}

/** Free text (RFC 2047 section 5, rule 1): encoded words stand between blanks; those between two of them are not read. */
export function readText(value: string): string {
  const words = value.split(/( +)/);
  let text = '';
  words.forEach((word, index) => {
    if (index % 2 === 1) {
      if (!isEncodedWord(words[index - 1]) || !isEncodedWord(words[index + 1])) text += word;
    } else text += isEncodedWord(word) ? decodeWord(word) : word;
  });
  return text;
}

/** A list of mailboxes (RFC 5322 section 3.4). */
export function readMailboxes(value: string): { address: string; displayName: string | null }[] {
  return splitOutsideQuotes(value, ',').map((part) => {
    const match = /^ ?(?:(.*[^ ]) )?<([^<>" ]+)>$|^ ?([^<>" ,]+)$/.exec(part);
    expectThat(match !== null, 'a mailbox', part);
    const [, phrase, bracketed, bare] = match!;
    return { address: bracketed ?? bare!, displayName: phrase === undefined ? null : readPhrase(phrase) };
  });
}

function readPhrase(phrase: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(phrase);
  // By the rules it is none there; many readers decode it all the same.
  expectThat(quoted === null || !phrase.includes('=?'), 'no encoded word in quotes', phrase);
  if (quoted !== null) return quoted[1]!.replaceAll(/\\(.)/g, '$1');
  for (const word of phrase.split(' ')) {
    const allowed = isEncodedWord(word)
      ? /^=\?UTF-8\?[QB]\?[A-Za-z0-9!*+/=_-]*\?=$/
      : /^[\w!#$%&'*+/=?^`{|}~-]+$/;
    expectThat(allowed.test(word), 'an atom, or an encoded word that a phrase may have', word);
  }
  return readText(phrase);
}

function readEntity(raw: string): StrictEntity {
  const end = raw.indexOf('\r\n\r\n');
  expectThat(end !== -1, 'a blank line after the head', raw.slice(0, 200));
  const fields = readFields(raw.slice(0, end));
  const valueOf = (name: string): string | null =>
    fields.find(([own]) => own.toLowerCase() === name)?.[1] ?? null;
  const [type, typeParameters] = readParameters(valueOf('content-type') ?? 'text/plain');
  const [disposition, parameters] = readParameters(valueOf('content-disposition') ?? '');
  const entity = {
    fields,
    type: type.toLowerCase(),
    typeParameters,
    disposition: disposition === '' ? null : disposition,
    fileName: parameters.get('filename') ?? null,
    contentId: /^<(.*)>$/.exec(valueOf('content-id') ?? '')?.[1] ?? null,
    encoding: valueOf('content-transfer-encoding') ?? '7bit',
  };
  const content = raw.slice(end + 4);
  if (!entity.type.startsWith('multipart/')) {
    return { ...entity, parts: [], body: decodeBody(content, entity.encoding) };
  }
  expectThat(entity.encoding === '7bit', 'no encoding of a multipart');
  const parts = splitParts(content, typeParameters.get('boundary') ?? '').map(readEntity);
  return { ...entity, parts, body: Buffer.alloc(0) };
}

function readFields(head: string): [string, string][] {
  const fields = head.split(/\r\n(?! )/).map((field): [string, string] => {
    const lines = field.split('\r\n');
    for (const line of lines) {
      expectThat(line.trim() !== '', 'no blank line in a field', field);
      // A longer one holds a single word, which cannot be folded; a quoted string is one.
      const words = line.replace(/^[!-9;-~]+: /, '').replaceAll(/"[^"]*"/g, 'q');
      expectThat(line.length <= 76 || !/[^ ] +[^ ]/.test(words), 'a fold in a long line', line);
    }
    const match = /^([!-9;-~]+):(?: (.*))?$/.exec(lines.join(''));
    expectThat(match !== null, 'a header field', field);
    return [match![1]!, match![2] ?? ''];
  });
  const names = fields.map(([name]) => name.toLowerCase());
  expectThat(new Set(names).size === names.length, 'no field twice', names.join());
  return fields;
}

/** `value; name=value; name="value"; name*=…; name*0*=…` (RFC 2045 section 5.1, RFC 2231). */
function readParameters(field: string): [value: string, parameters: Map<string, string>] {
  const [value = '', ...rest] = splitOutsideQuotes(field, ';');
  const parameters = new Map<string, string>();
  const sections = new Map<string, string[]>();
  for (const part of rest) {
    const match =
      /^ ([A-Za-z0-9-]+)(?:\*(\d+))?(\*)?=(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9!#$%&'+.^_`{|}~*-]+))$/.exec(
        part,
      );
    expectThat(match !== null, 'a parameter', part);
    const [, name, number, star, quoted, token] = match!;
    if (star === undefined)
      parameters.set(name!, quoted === undefined ? token! : quoted.replaceAll(/\\(.)/g, '$1'));
    else {
      const list = sections.get(name!) ?? [];
      expectThat(Number(number ?? 0) === list.length, 'sections in their order', part);
      // Each by itself: no character is in two.
      const encoded = list.length > 0 ? token! : /^utf-8''(.*)$/.exec(token!)?.[1];
      expectThat(encoded !== undefined, 'a charset in the first section', part);
      sections.set(name!, [...list, decodeURIComponent(encoded!)]);
    }
  }
  for (const [name, list] of sections) {
    expectThat(!parameters.has(name), 'no parameter in two forms', name);
    parameters.set(name, list.join(''));
  }
  return [value.trim(), parameters];
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [''];
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    if (piece === separator) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

function splitParts(content: string, boundary: string): string[] {
  expectThat(
    /^[A-Za-z0-9'()+_,./:=?-]{1,70}$/.test(boundary),
    'a boundary (RFC 2046 section 5.1.1)',
    boundary,
  );
  const [preamble, ...parts] = `\r\n${content}`.split(`\r\n--${boundary}`);
  const epilogue = parts.pop();
  expectThat(
    preamble === '' && /^--(?:\r\n)*$/.test(epilogue ?? ''),
    'parts and nothing else',
    epilogue ?? '',
  );
  return parts.map((part) => {
    expectThat(part.startsWith('\r\n'), 'a line end after a boundary', part);
    return part.slice(2);
  });
}

function decodeBody(content: string, encoding: string): Buffer {
  if (encoding === '7bit') return Buffer.from(content, 'latin1');
  const lines = content.split('\r\n');
  for (const line of lines) expectThat(line.length <= 76, '76 characters a line', line);
  if (encoding === 'base64') {
    const whole = lines.filter((line) => line !== '');
    expectThat(
      whole.slice(0, -1).every(({ length }) => length === 76),
      'full lines of base64',
    );
    expectThat(/^[A-Za-z0-9+/]*={0,2}$/.test(whole.join('')), 'base64');
    return Buffer.from(whole.join(''), 'base64');
  }
  expectThat(encoding === 'quoted-printable', 'a known encoding', encoding);
  for (const line of lines) {
    expectThat(!/[ \t]$/.test(line), 'no blank at the end of a line', line);
    expectThat(
      !/^(?:\.|From )/.test(line),
      'nothing at the beginning of a line that is changed on the way',
      line,
    );
    expectThat(!/=(?![0-9A-F]{2}|$)/.test(line), 'an escape', line);
  }
  const bytes = content
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function isEncodedWord(word: string | undefined): word is string {
  return word !== undefined && /^=\?UTF-8\?[QB]\?[^?]*\?=$/.test(word);
}

function decodeWord(word: string): string {
  expectThat(word.length <= 75, '75 characters of an encoded word', word);
  const [, encoding, content] = /^=\?UTF-8\?([QB])\?([^? ]+)\?=$/.exec(word) ?? [];
  expectThat(content !== undefined, 'an encoded word with something in it', word);
  const bytes =
    encoding === 'B'
      ? Buffer.from(content!, 'base64')
      : Buffer.from(
          content!
            .replaceAll('_', ' ')
            .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        );
  // Each word by itself is text: no character is in two.
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function expectThat(holds: boolean, rule: string, where = ''): void {
  if (!holds) throw new Error(`expected ${rule}: ${JSON.stringify(where.slice(0, 300))}`);
}
