/** The peer: the same messages read and sent as the samples do it, with nodemailer alone; all at once. */
import { BlobServiceClient } from '@azure/storage-blob';
import { CONTAINERS } from '../../shared/core/storageNames.ts';
import { serveCalls } from '../serveCalls.ts';
import { ACCOUNT } from '../smtp/contender.ts';
import { openPool } from '../smtp/openPool.ts';
import { watchMemory } from './watchMemory.ts';
import type { MemoryPeak } from './watchMemory.ts';

export interface OpenPlain {
  readonly connectionString: string;
  readonly smtpPort: number;
  readonly ca: string;
  readonly connections: number;
}

/** The blobs of the messages, one for each mail; or of their attachments. */
export interface SendPlain {
  readonly names: readonly string[];
  readonly are: 'messages' | 'attachments';
}

interface SampleMessage {
  readonly subject: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly attachments: readonly { readonly name: string; readonly contentInBase64: string }[];
}

const memory = watchMemory();
let opened: {
  readonly blobs: BlobServiceClient;
  readonly transport: ReturnType<typeof openPool>;
} | null = null;

serveCalls({
  async open({ connectionString, smtpPort, ca, connections }: OpenPlain): Promise<void> {
    const blobs = BlobServiceClient.fromConnectionString(connectionString);
    opened = { blobs, transport: openPool({ port: smtpPort, ca, connections }) };
  },

  async send({ names, are }: SendPlain): Promise<void> {
    const { blobs, transport } = opened!;
    const container = blobs.getContainerClient(CONTAINERS.content);
    await Promise.all(
      names.map(async (name, index) => {
        const bytes = await container.getBlobClient(name).downloadToBuffer();
        if (are === 'attachments') {
          const attachments = [{ filename: 'statement.pdf', content: bytes }];
          const to = `r${index}@contoso.com`;
          await transport.sendMail({
            from: ACCOUNT,
            to,
            subject: name,
            text: 'The statement is attached.',
            attachments,
          });
          return;
        }
        const message = JSON.parse(bytes.toString()) as SampleMessage;
        const { subject, text } = message;
        await transport.sendMail({
          from: ACCOUNT,
          to: message.to.slice(0, 50),
          subject,
          text,
          attachments: message.attachments.map(({ name, contentInBase64 }) => ({
            filename: name,
            content: contentInBase64,
            encoding: 'base64',
          })),
        });
      }),
    );
  },

  async takePeak(): Promise<MemoryPeak> {
    return memory.takePeak();
  },
});
