import { makePreview } from '../parts/preview.ts';

/** The style of previews lies beside the page's own. */
export const previewOf = makePreview(new URL('dashboard/preview.css', globalThis.location.href).href);
