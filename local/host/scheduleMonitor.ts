import type { ContainerClient } from '@azure/storage-blob';
import { RestError } from '@azure/storage-blob';
import { z } from 'zod';

/** When a timer was last due, and when it is next; all in Unix milliseconds. */
export interface ScheduleStatus {
  readonly lastMs: number;
  readonly nextMs: number;
  readonly updatedMs: number;
}

export interface ScheduleMonitor {
  /** undefined where the timer never ran, or its record cannot be read (which is said). */
  read(): Promise<ScheduleStatus | undefined>;
  /** A failure is said and else without effect: the next run writes again. */
  write(status: ScheduleStatus): Promise<void>;
}

const statusSchema = z.object({
  Last: z.iso.datetime(),
  Next: z.iso.datetime(),
  LastUpdated: z.iso.datetime(),
});

/** The record of a timer in a blob, by which the next host sees that a run was missed. */
export function openScheduleMonitor(
  container: ContainerClient,
  blobName: string,
  warn: (message: string) => void,
): ScheduleMonitor {
  const blob = container.getBlockBlobClient(blobName);
  return {
    read: async () => {
      try {
        const text = (await blob.downloadToBuffer()).toString('utf8');
        const status = statusSchema.parse(JSON.parse(text));
        return {
          lastMs: Date.parse(status.Last),
          nextMs: Date.parse(status.Next),
          updatedMs: Date.parse(status.LastUpdated),
        };
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        warn(`the record of its last run cannot be read: ${messageOf(error)}`);
        return undefined;
      }
    },
    write: async (status) => {
      const text = JSON.stringify({
        Last: new Date(status.lastMs).toISOString(),
        Next: new Date(status.nextMs).toISOString(),
        LastUpdated: new Date(status.updatedMs).toISOString(),
      });
      try {
        await blob.upload(text, Buffer.byteLength(text));
      } catch (error) {
        warn(`the record of its last run cannot be written: ${messageOf(error)}`);
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
