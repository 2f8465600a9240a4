/** The files of the dashboard, as they were built. */
export interface PageFiles {
  /** `name`: of a file, without a folder; null: there is no such file. */
  read(name: string): Promise<PageFile | null>;
}

export interface PageFile {
  readonly bytes: Uint8Array;
  /** Changes with the content; fit for an ETag. */
  readonly fingerprint: string;
}
