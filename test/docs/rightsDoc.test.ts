import { beforeAll, describe, expect, it } from 'vitest';
import { FIRST_USE_TIMEOUT_MS, predict } from '../infra/bicep.ts';
import type { Prediction } from '../infra/bicep.ts';
import { renderRights, rightsIn } from '../infra/rights.ts';
import { withSection } from '../shared/core/docSection.ts';
import { isToolMissing } from '../tools.ts';
import { codeOf, tableOf } from './commands.ts';
import { read } from './deploymentNames.ts';

const DOCUMENT = 'docs/security.md';

describe.skipIf(isToolMissing('bicep'))('what the pages say of a deployment', () => {
  let deployment: Prediction = { resources: [], outputs: {} };
  beforeAll(async () => {
    // The one with every kind of principal, and with every kind of resource.
    deployment = await predict('parameters/privateNetwork.bicepparam');
  }, FIRST_USE_TIMEOUT_MS);

  it('has the rights that it would make; update them with `npx vitest run rightsDoc -u`', async () => {
    const rights = renderRights(rightsIn(deployment.resources));
    await expect(withSection(read(DOCUMENT), 'rights', rights)).toMatchFileSnapshot(`../../${DOCUMENT}`);
  });

  it('would not pass with a right that is gone, or one that is new', () => {
    const [, ...others] = rightsIn(deployment.resources);
    expect(others.length).toBeGreaterThan(5);
    expect(withSection(read(DOCUMENT), 'rights', renderRights(others))).not.toBe(read(DOCUMENT));
  });

  it('has every kind of resource that it would make, and no other', () => {
    // Parts of a resource have a longer type; they are its own matter.
    const made = deployment.resources.map(({ type }) => type).filter((type) => type.split('/').length === 2);
    const rows = tableOf(read('docs/deploy.md'), 'resources');
    expect(rows.map(([, type]) => codeOf(type)).toSorted()).toEqual([...new Set(made)].toSorted());
  });

  it('calls them as they would be called', () => {
    const suffix = /^func-hve-(\w{13})$/.exec(namesOf('Microsoft.Web/sites')[0] ?? '')?.[1] ?? '';
    for (const [, type, name] of tableOf(read('docs/deploy.md'), 'resources')) {
      if (name === '') continue;
      const pattern = codeOf(name)
        .replace('SUFFIX', suffix)
        .replace('ENVIRONMENT', 'prod')
        .replace(/ALERT|SERVICE/, '\\w+');
      expect(namesOf(codeOf(type))).toContainEqual(expect.stringMatching(new RegExp(`^${pattern}$`)));
    }
  });

  function namesOf(type: string): string[] {
    return deployment.resources
      .filter((resource) => resource.type === type)
      .map(({ name }) => name.split('/').at(-1) ?? '');
  }
});
