import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeChance } from '../../../../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../../../../shared/adapters/smtp/compose/composer.ts';
import type { LoadedAttachment, MailContent } from '../../../../../shared/ports.ts';
import { contentWith } from './anyContent.ts';
import { contentBytes } from './sampleContent.ts';
import { fieldOf, readMailboxes, readStrictly, readText, type StrictEntity } from './strictReader.ts';

const composer = makeComposer(makeChance());
const NUM_RUNS = 500;

test(
  'whatever a message holds, its mail keeps every rule, and says what was written',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(contentWith(), async (content) => {
        const { pieces, sizeBytes } = await composer.compose(content);
        const bytes = Buffer.concat([...pieces]);
        expect(bytes).toHaveLength(sizeBytes);
        expect(said(readStrictly(bytes))).toEqual(meant(content));
      }),
      { numRuns: NUM_RUNS },
    );
  },
);

/** What the mail says, as `meant` has it. */
function said(mail: StrictEntity): unknown {
  const mailboxesIn = (name: string): unknown => {
    const value = fieldOf(mail, name);
    return value === null || value === 'undisclosed-recipients:;' ? value : readMailboxes(value);
  };
  const own = /^(?:from|to|cc|reply-to|subject|mime-version|content-.*)$/i;
  return {
    from: mailboxesIn('From'),
    to: mailboxesIn('To'),
    cc: mailboxesIn('Cc'),
    replyTo: mailboxesIn('Reply-To'),
    subject: readText(fieldOf(mail, 'Subject') ?? ''),
    others: Object.fromEntries(
      mail.fields.filter(([name]) => !own.test(name)).map(([name, value]) => [name, readText(value)]),
    ),
    tree: endLine(treeOf(mail)),
  };
}

function treeOf(entity: StrictEntity): unknown {
  if (entity.type.startsWith('multipart/')) return { type: entity.type, parts: entity.parts.map(treeOf) };
  const { type, disposition, fileName, contentId, body } = entity;
  if (disposition === null) return { type, text: body.toString('utf8').replaceAll('\r\n', '\n') };
  return { type, disposition, fileName, contentId, bytes: body.toString('latin1') };
}

/** What the content means, in the words of the message. */
function meant({
  message,
  account,
  displayName,
  attachments,
  showRecipients,
  originalTo,
}: MailContent): unknown {
  const { to, cc, replyTo, subject, importance, sensitivity, headers } = message;
  const shown = showRecipients && to.length + cc.length > 0;
  const others: Record<string, string> = {};
  if (importance !== 'normal') others['Importance'] = importance;
  if (importance !== 'normal') others['X-Priority'] = importance === 'low' ? '5' : '1';
  if (sensitivity === 'confidential') others['Sensitivity'] = 'Company-Confidential';
  else if (sensitivity !== 'normal')
    others['Sensitivity'] = `${sensitivity[0]!.toUpperCase()}${sensitivity.slice(1)}`;
  if (originalTo !== null && originalTo.length > 0) others['X-Original-To'] = originalTo.join(', ');
  for (const { name, value } of headers) others[name] = fieldMeant(name, value);
  const nameOf = ({ displayName: name }: { displayName: string | null }): string | null =>
    name === '' ? null : name;
  const listOf = (list: typeof to): unknown =>
    list.length === 0
      ? null
      : list.map((mailbox) => ({ address: mailbox.address, displayName: nameOf(mailbox) }));
  return {
    from: [{ address: account, displayName: message.from.displayName ?? displayName }],
    to: shown ? listOf(to) : 'undisclosed-recipients:;',
    cc: shown ? listOf(cc) : null,
    replyTo: listOf(replyTo),
    subject: isPlain(subject) && !subject.includes('=?') ? trimBlanks(subject) : subject,
    others,
    tree: endLine(treeMeant(message.text ?? '', message.html ?? '', attachments)),
  };
}

/** A mail ends with a line end: a text that is the whole of it gets one where it has none. */
function endLine(tree: unknown): unknown {
  const { text } = tree as { text?: string };
  return text === undefined || text.endsWith('\n') ? tree : { ...(tree as object), text: `${text}\n` };
}

function fieldMeant(name: string, value: string): string {
  const isId = /^(?:references|in-reply-to)$/i.test(name);
  if (isId && !value.startsWith('<')) return `<${value}>`;
  // What a producer encodes himself is left to him.
  return isPlain(value) ? readText(trimBlanks(value)) : value;
}

const isPlain = (text: string): boolean => /^[ -~]*$/.test(text);
const trimBlanks = (text: string): string => text.replaceAll(/^ +| +$/g, '');

function treeMeant(text: string, html: string, attachments: MailContent['attachments']): unknown {
  const level = (type: string, parts: readonly unknown[]): unknown =>
    parts.length === 1 ? parts[0] : { type: `multipart/${type}`, parts };
  const isRelated = ({ contentId }: LoadedAttachment): boolean => html !== '' && contentId !== null;
  const related = attachments.filter(isRelated).map(fileMeant);
  const attached = attachments.filter((attachment) => !isRelated(attachment)).map(fileMeant);
  const htmlPart = level('related', [{ type: 'text/html', text: textMeant(html) }, ...related]);
  const textPart = { type: 'text/plain', text: textMeant(text === '' ? '\n' : text) };
  const bodies = html === '' ? [textPart] : text === '' ? [htmlPart] : [textPart, htmlPart];
  return level('mixed', [level('alternative', bodies), ...attached]);
}

const textMeant = (text: string): string => text.toWellFormed().replaceAll(/\r\n?/g, '\n');

function fileMeant({ name, contentType, contentId, disposition, content }: LoadedAttachment): unknown {
  const bytes = contentBytes(content).toString('latin1');
  const isMessage = contentType === 'message/rfc822' && isSevenBits(bytes);
  const type =
    /^(?:message|multipart)\//.test(contentType) && !isMessage
      ? 'application/octet-stream'
      : contentType.split(';')[0];
  return {
    type,
    disposition,
    fileName: name,
    contentId,
    bytes: isMessage ? bytes.replaceAll(/\r?\n/g, '\r\n') : bytes,
  };
}

function isSevenBits(bytes: string): boolean {
  return !/[^\t\n\r -~]|\r(?!\n)|[^\n]{999}/.test(bytes);
}
