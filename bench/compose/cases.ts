/** The mails of the benchmark: each a little different from the one before, so that nothing is gained by knowing the last. */
import type { Mailbox, Message } from '../../shared/core/message.ts';
import type { LoadedAttachment, MailContent } from '../../shared/ports.ts';
import { plainMessage } from '../plainMessage.ts';

export interface Case {
  /** In a figure's name. */
  readonly key: string;
  readonly title: string;
  readonly contentOf: (number: number) => MailContent;
}

const ASCII = 'The payslip of this month is ready; please look it through and tell us.\n';
const UMLAUTS = 'Die Abrechnung für März ist fertig; bitte prüfen Sie sie gründlich. Grüße\n';

export function makeCases(): readonly Case[] {
  return [
    { key: 'small', title: 'text of 500 bytes', contentOf: mail({ text: repeat(ASCII, 500) }) },
    {
      key: 'both',
      title: 'text and HTML, 2 KB',
      contentOf: mail({ text: repeat(ASCII, 700), html: repeat(`<p>${ASCII}</p>`, 1300) }),
    },
    {
      key: 'umlauts',
      title: 'HTML with umlauts, 2 KB',
      contentOf: mail({ html: repeat(`<p>${UMLAUTS}</p>`, 2000) }),
    },
    {
      key: 'many',
      title: '50 recipients with names',
      contentOf: mail({ text: repeat(ASCII, 500), to: people(50) }),
    },
    { key: 'large', title: 'HTML, 100 KB', contentOf: mail({ html: repeat(`<p>${ASCII}</p>`, 100_000) }) },
    {
      key: 'large_umlauts',
      title: 'HTML with umlauts, 100 KB',
      contentOf: mail({ html: repeat(`<p>${UMLAUTS}</p>`, 100_000) }),
    },
    {
      key: 'file_1mb',
      title: 'a file of 1 MB',
      contentOf: mail({ text: ASCII }, [file(asBytes(1_000_000))]),
    },
    {
      key: 'file_7mb',
      title: 'a file of 7 MB',
      contentOf: mail({ text: ASCII }, [file(asBytes(7_000_000))]),
    },
    {
      key: 'inline_7mb',
      title: 'a file of 7 MB in the message',
      contentOf: mail({ text: ASCII }, [file(asBase64(7_000_000))]),
    },
  ];
}

function mail(
  fields: Partial<Pick<Message, 'text' | 'html' | 'to'>>,
  attachments: readonly LoadedAttachment[] = [],
): Case['contentOf'] {
  const { text = null, html = null, to = people(1) } = fields;
  return (number) => ({
    message: {
      ...MESSAGE,
      to,
      subject: `Payslip ${number}`,
      text: text && `Payslip ${number}\n${text}`,
      html: html && `<h1>Payslip ${number}</h1>\n${html}`,
    },
    account: 'hve@contoso.com',
    displayName: 'Contoso Payroll',
    attachments,
    showRecipients: true,
    originalTo: null,
  });
}

function people(count: number): Mailbox[] {
  return Array.from({ length: count }, (_, index) => ({
    address: `someone.${index}@contoso.com`,
    displayName: `Someone ${index}`,
  }));
}

function repeat(text: string, bytes: number): string {
  return text.repeat(Math.ceil(bytes / Buffer.byteLength(text)));
}

function file(content: LoadedAttachment['content']): LoadedAttachment {
  return {
    name: 'payslip.pdf',
    contentType: 'application/pdf',
    contentId: null,
    disposition: 'attachment',
    content,
  };
}

/** Without an end in sight of a line or of a chunk. */
const PATTERN = Uint8Array.from({ length: 251 }, (_, index) => (index * 31) % 251);

function asBytes(count: number): LoadedAttachment['content'] {
  return { kind: 'bytes', bytes: Buffer.alloc(count, PATTERN) };
}

function asBase64(count: number): LoadedAttachment['content'] {
  return { kind: 'inline', base64: Buffer.alloc(count, PATTERN).toString('base64') };
}

const MESSAGE = plainMessage();
