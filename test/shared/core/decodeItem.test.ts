import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, decodeItem } from '../../../shared/core/decodeItem.ts';

const MESSAGE = { to: 'ann@contoso.com', subject: 'Grüße', text: 'a' };
const JSON_TEXT = JSON.stringify(MESSAGE);

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('decodeItem', () => {
  it.each<[string, unknown]>([
    ['JSON', JSON_TEXT],
    ['JSON with blanks around it', `\r\n  ${JSON_TEXT}\n`],
    ['JSON after a byte order mark', `\uFEFF${JSON_TEXT}`],
    ['what the worker parsed already', MESSAGE],
    ['base64', toBase64(JSON_TEXT)],
    ['base64 in lines of 76', toBase64(JSON_TEXT).replaceAll(/.{20}/g, '$&\r\n')],
    ['base64 of JSON after a byte order mark', toBase64(`\uFEFF${JSON_TEXT}`)],
    ['base64 of indented JSON', toBase64(JSON.stringify(MESSAGE, null, 2))],
  ])('reads %s', (_, item) => {
    expect(decodeItem(item)).toEqual({ kind: 'message', value: MESSAGE });
  });

  it('reads any JSON value back from both encodings', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        fc.pre(!Object.hasOwn(value, '$ref'));
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeItem(JSON.stringify(value))).toEqual({ kind: 'message', value: parsed });
        expect(decodeItem(toBase64(JSON.stringify(value)))).toEqual({ kind: 'message', value: parsed });
      }),
    );
  });

  it('leaves to the schema what is JSON and no message', () => {
    expect(decodeItem(123)).toEqual({ kind: 'message', value: 123 });
    expect(decodeItem('123')).toEqual({ kind: 'message', value: 123 });
    expect(decodeItem('true')).toEqual({ kind: 'message', value: true });
    expect(decodeItem('[]')).toEqual({ kind: 'message', value: [] });
    expect(decodeItem(null)).toEqual({ kind: 'message', value: null });
  });

  it.each<[string, unknown]>([
    ['an object', { $ref: 'mail-content/2026/a.json' }],
    ['JSON', '{"$ref":"mail-content/2026/a.json"}'],
    ['base64', toBase64('{"$ref":"mail-content/2026/a.json"}')],
  ])('takes a claim check as %s', (_, item) => {
    expect(decodeItem(item)).toEqual({ kind: 'claimCheck', path: '2026/a.json' });
  });

  it.each<[unknown, string, string]>([
    [{ $ref: 1 }, '/$ref', 'claim_check_invalid'],
    [{ $ref: null }, '/$ref', 'claim_check_invalid'],
    [{ $ref: 'mail-payloads/a' }, '/$ref', 'blob_elsewhere'],
    [{ $ref: 'a.json' }, '/$ref', 'blob_elsewhere'],
    [{ $ref: 'https://example.com/a' }, '/$ref', 'blob_elsewhere'],
    [{ $ref: 'mail-content/../mail-payloads/a' }, '/$ref', 'blob_invalid'],
    [{ $ref: 'mail-content/a', to: 'ann@contoso.com' }, '/to', 'claim_check_invalid'],
  ])('refuses the claim check %j', (item, pointer, code) => {
    expect(decodeItem(item)).toMatchObject({ kind: 'unreadable', problems: [{ pointer, code }] });
  });

  it.each([
    ['', 'json_invalid'],
    [' \n', 'json_invalid'],
    ['not json at all', 'json_invalid'],
    ['{"to": "ann@contoso.com",', 'json_invalid'],
    ["{'to': 'ann@contoso.com'}", 'json_invalid'],
    ['<message/>', 'json_invalid'],
    ['hello', 'base64_invalid'],
    [toBase64(JSON_TEXT).slice(0, -1), 'base64_invalid'],
    ['eyJ0byI6-_==', 'base64_invalid'],
    [Buffer.from([0xc3, 0x28, 0xff]).toString('base64'), 'utf8_invalid'],
    [toBase64('not json'), 'json_invalid'],
  ])('calls %j unreadable', (item, code) => {
    expect(decodeItem(item)).toMatchObject({ kind: 'unreadable', problems: [{ pointer: '', code }] });
  });

  it('repeats nothing of what it cannot read', () => {
    const decoded = decodeItem('{"subject": "the secret plan", oops');
    expect(decoded).toMatchObject({ kind: 'unreadable', problems: [{ code: 'json_invalid' }] });
    expect(JSON.stringify(decoded)).not.toMatch(/secret|oops/);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(['message', 'claimCheck', 'unreadable']).toContain(decodeItem(text).kind);
      }),
    );
  });
});

describe('decodeBody', () => {
  it('reads UTF-8, with and without a byte order mark', () => {
    expect(decodeBody(Buffer.from(JSON_TEXT))).toEqual({ ok: true, value: MESSAGE });
    expect(decodeBody(Buffer.from(`\uFEFF${JSON_TEXT}`))).toEqual({ ok: true, value: MESSAGE });
  });

  it('says what else it is', () => {
    expect(decodeBody(Buffer.from(`\uFEFF${JSON_TEXT}`, 'utf16le'))).toMatchObject({
      ok: false,
      problems: [{ code: 'utf8_invalid', detail: expect.stringContaining('UTF-16') }],
    });
    expect(decodeBody(Buffer.from(JSON_TEXT, 'latin1'))).toMatchObject({
      problems: [{ code: 'utf8_invalid' }],
    });
    expect(decodeBody(new Uint8Array())).toMatchObject({ problems: [{ code: 'json_invalid' }] });
  });
});
