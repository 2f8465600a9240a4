import { simpleParser } from 'mailparser';

/** What the simulator judges and lists a mail by; all from its header. */
export interface MailFacts {
  /** The addresses of the From header, in lower case. */
  readonly from: readonly string[];
  readonly hasSender: boolean;
  readonly subject: string;
  readonly messageId: string | null;
  /** The Date header as written: a repeat has it letter for letter. */
  readonly date: string | null;
}

/** Only the header is parsed, so that a large attachment costs nothing at reception. */
export async function readMailFacts(raw: Buffer): Promise<MailFacts> {
  const header = raw.subarray(0, headerEnd(raw));
  const mail = await simpleParser(header, { skipHtmlToText: true, skipTextToHtml: true });
  const date = mail.headerLines.find((line) => line.key === 'date')?.line;
  return {
    from: (mail.from?.value ?? []).flatMap((entry) => (entry.address ? [entry.address.toLowerCase()] : [])),
    hasSender: mail.headers.has('sender'),
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? null,
    date: date === undefined ? null : date.slice(date.indexOf(':') + 1).trim(),
  };
}

function headerEnd(raw: Buffer): number {
  const end = raw.indexOf('\r\n\r\n');
  return end < 0 ? raw.length : end + 4;
}
