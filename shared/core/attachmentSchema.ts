import { z } from 'zod';
import { base64, choice, contentPath, line } from './messageFields.ts';
import type { Attachment } from './message.ts';
import { refuse } from './messageProblems.ts';

const MAX_NAME_LENGTH = 255;
const MAX_CONTENT_TYPE_LENGTH = 255;
const MAX_CONTENT_ID_LENGTH = 200;

/** RFC 2045 5.1, with RFC 6838's shorter names. */
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:;[ ]*[A-Za-z0-9!#$&^_.+*-]+=(?:[A-Za-z0-9!#$&^_.+*-]+|"[^"\\]*"))*$/;
/** A multipart must not be encoded in base64 (RFC 2045 6.4); the others make mail programs fetch or assemble things. */
const UNATTACHABLE = /^(?:multipart\/|message\/(?:partial|external-body))/i;
/** What stands between the angle brackets of a Content-ID, without quoted parts. */
const CONTENT_ID = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+$/;

const name = line(MAX_NAME_LENGTH).superRefine((text, context) => {
  if (/[/\\]/.test(text) || text === '.' || text === '..') {
    refuse(context, 'name_invalid', 'expected a file name without a path');
  }
});

const contentType = line(MAX_CONTENT_TYPE_LENGTH).superRefine((text, context) => {
  if (!MEDIA_TYPE.test(text)) {
    refuse(
      context,
      'content_type_invalid',
      `expected a media type such as application/pdf; got ${text.length} characters`,
    );
  } else if (UNATTACHABLE.test(text)) {
    refuse(
      context,
      'content_type_invalid',
      'multipart and message parts cannot be attached; use application/octet-stream',
    );
  }
});

const contentId = z
  .string()
  .transform((text) => (text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text))
  .superRefine((text, context) => {
    if (text.length <= MAX_CONTENT_ID_LENGTH && CONTENT_ID.test(text)) return;
    const detail = `expected up to ${MAX_CONTENT_ID_LENGTH} ASCII characters without blanks and brackets; got ${text.length}`;
    refuse(context, 'content_id_invalid', detail);
  });

export const attachmentSchema = z
  .strictObject({
    name: name.meta({
      maxLength: MAX_NAME_LENGTH,
      description: 'The file name that the recipient sees, without a path.',
      examples: ['invoice.pdf'],
    }),
    contentType: contentType.meta({
      maxLength: MAX_CONTENT_TYPE_LENGTH,
      description: 'The media type.',
      examples: ['application/pdf', 'text/csv; charset=utf-8'],
    }),
    contentInBase64: base64
      .nullish()
      .meta({ description: 'The bytes in base64; line breaks in it are allowed. Either this or blob.' }),
    blob: contentPath.nullish().meta({
      description:
        'The name of a blob in the container mail-content, with or without the container in front. Either this or contentInBase64.',
    }),
    contentId: contentId.nullish().meta({
      description: 'By what the HTML names an inline picture: src="cid:logo".',
      examples: ['logo'],
    }),
    disposition: choice(['attachment', 'inline'])
      .nullish()
      .meta({ description: 'Default: inline with a contentId, else attachment.' }),
  })
  .meta({
    id: 'Attachment',
    oneOf: ['contentInBase64', 'blob'].map((field) => ({
      required: [field],
      properties: { [field]: { type: 'string' } },
    })),
  });

/** What the schema gives, with every optional field resolved. */
export function toAttachment(parsed: z.output<typeof attachmentSchema>): Attachment {
  const contentId = parsed.contentId ?? null;
  const blob = parsed.blob ?? null;
  return {
    name: parsed.name,
    contentType: parsed.contentType,
    contentId,
    disposition: parsed.disposition ?? (contentId === null ? 'attachment' : 'inline'),
    content:
      blob === null ? { kind: 'inline', base64: parsed.contentInBase64 ?? '' } : { kind: 'blob', path: blob },
  };
}
