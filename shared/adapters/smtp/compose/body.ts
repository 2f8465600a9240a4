import type { Chance, LoadedAttachment, MailContent } from '../../../ports.ts';
import { attachmentEntity } from './attachmentEntity.ts';
import { makeBoundaries } from './boundaries.ts';
import { multipart, type Entity } from './entity.ts';
import { textEntity } from './textEntity.ts';

/**
 * What goes into what:
 * ```
 * mixed                      attachments
 * ├─ alternative             text and html
 * │  ├─ text/plain
 * │  └─ related              html, and attachments with a Content-ID
 * │     ├─ text/html
 * │     └─ image/png …
 * └─ application/pdf …
 * ```
 * A level with one part is that part. A mail without text and html has an empty line for a text, so that an attachment is
 * one and the text has a part that is not empty.
 */
export function bodyOf(
  { message: { text, html }, attachments }: MailContent,
  chance: Pick<Chance, 'bytes'>,
): Entity {
  const nextBoundary = makeBoundaries(chance);
  const level = (subtype: string, parts: readonly Entity[]): Entity =>
    parts.length === 1 ? parts[0]! : multipart(subtype, nextBoundary(), parts);
  const hasHtml = isSomething(html);
  const isRelated = ({ contentId }: LoadedAttachment): boolean => hasHtml && contentId !== null;
  const related = attachments.filter(isRelated);
  const attached = attachments.filter((attachment) => !isRelated(attachment));
  const alternatives = [
    ...(isSomething(text) || !hasHtml ? [textEntity('plain', isSomething(text) ? text : '\n')] : []),
    ...(hasHtml
      ? [level('related; type="text/html"', [textEntity('html', html), ...related.map(attachmentEntity)])]
      : []),
  ];
  return level('mixed', [level('alternative', alternatives), ...attached.map(attachmentEntity)]);
}

function isSomething(text: string | null): text is string {
  return text !== null && text !== '';
}
