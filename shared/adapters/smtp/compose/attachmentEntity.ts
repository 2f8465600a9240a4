import type { LoadedAttachment } from '../../../ports.ts';
import { writeBase64 } from './base64Lines.ts';
import type { Entity } from './entity.ts';
import { renderField } from './field.ts';
import { parseMediaType, UNKNOWN_TYPE, type MediaType } from './mediaType.ts';
import { parameterForOldReaders, parametersOf, renderParametersField } from './parameters.ts';
import { fitsSevenBits, withCrlf } from './sevenBits.ts';

/** A file, byte for byte. A message that may go as one goes as one. */
export function attachmentEntity(attachment: LoadedAttachment): Entity {
  const { contentType, content } = attachment;
  const mediaType = parseMediaType(contentType);
  const embedded = /^message\/rfc822$/i.test(mediaType.type) ? embeddedMessage(content) : null;
  if (embedded !== null) {
    return { head: headOf(attachment, mediaType, '7bit'), write: (pieces) => pieces.add(embedded) };
  }
  // A part with parts of its own must not be encoded (RFC 2046 section 5).
  const isComposite = /^(?:message|multipart)\//i.test(mediaType.type);
  return {
    head: headOf(attachment, isComposite ? UNKNOWN_TYPE : mediaType, 'base64'),
    write: (pieces) => writeBase64(content, pieces),
  };
}

function headOf(
  { name, contentId, disposition }: LoadedAttachment,
  { type, parameters }: MediaType,
  encoding: '7bit' | 'base64',
): string {
  // The name is the attachment's, whatever its type says. Encoded ones (RFC 2231) are none that the schema lets through.
  const ofType = parameters.filter(([key]) => !key.includes('*') && key.toLowerCase() !== 'name');
  const id = contentId?.replaceAll(/[^!-;=?-~]/g, '') ?? '';
  return [
    renderParametersField('Content-Type', type, [
      ...ofType.flatMap(([key, value]) => parametersOf(key, value)),
      parameterForOldReaders('name', name),
    ]),
    renderParametersField('Content-Disposition', disposition, parametersOf('filename', name)),
    id === '' ? '' : renderField('Content-ID', [` <${id}>`]),
    `Content-Transfer-Encoding: ${encoding}\r\n`,
  ].join('');
}

/**
 * The text of a message that may be attached as one; null where it may not. It must not be encoded (RFC 2046 section
 * 5.2.1); one that does not pass as it is goes as a plain file, which mail programs open by its name.
 */
function embeddedMessage(content: LoadedAttachment['content']): string | null {
  const bytes =
    content.kind === 'inline'
      ? Buffer.from(content.base64, 'base64')
      : Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.byteLength);
  const text = bytes.toString('latin1');
  return fitsSevenBits(text) && !/\r(?!\n)/.test(text) ? withCrlf(text) : null;
}
