import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openApiDocument } from '../../../../shared/core/api/openApi.ts';
import { projectRoot } from '../../../tools.ts';
import { withSection } from '../docSection.ts';
import { makeDocumentChecker } from './documentChecker.ts';
import { renderOperations, renderProblems } from './renderApi.ts';

const DOCUMENT = 'docs/api.md';

it('docs/api.md says what the OpenAPI document says; update it with `npx vitest run apiDoc -u`', async () => {
  const checker = makeDocumentChecker(openApiDocument({ address: 'https://APP.azurewebsites.net/api' }));
  const page = readFileSync(join(projectRoot, DOCUMENT), 'utf8');
  const updated = withSection(
    withSection(page, 'operations', renderOperations(checker)),
    'problems',
    renderProblems(),
  );
  await expect(updated).toMatchFileSnapshot(`../../../../${DOCUMENT}`);
});
