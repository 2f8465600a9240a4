import type { PredictedResource, Prediction } from '../bicep.ts';

/** What `azd up` needs at the least; everything else has its default. */
export const MINIMAL_ENVIRONMENT = {
  AZURE_ENV_NAME: 'prod',
  AZURE_LOCATION: 'westeurope',
  HVE_INTERNAL_DOMAINS: 'contoso.com',
  HVE_ACCOUNTS: '[{"address":"hve@contoso.com","secret":"hve-contoso-com"}]',
} as const;

/** The three deployments that the tests read: one snapshot of each parameter file for all of them. */
export interface Predictions {
  /** main.bicepparam in the minimal environment. */
  readonly plain: Prediction;
  /** parameters/privateNetwork.bicepparam: two accounts, a producer and an officer too. */
  readonly privateNetwork: Prediction;
  /** parameters/entra.bicepparam: OAuth, and Entra ID before the API. */
  readonly entra: Prediction;
}

export type GetPredictions = () => Predictions;

export function ofType({ resources }: Prediction, type: string): readonly PredictedResource[] {
  return resources.filter((resource) => resource.type === type);
}

export function theOne(prediction: Prediction, type: string): PredictedResource {
  const [first, ...others] = ofType(prediction, type);
  if (first === undefined || others.length > 0) {
    throw new Error(`expected one ${type}, got ${first === undefined ? 0 : others.length + 1}`);
  }
  return first;
}

/** The name less those of its parents. */
export function lastName({ name }: PredictedResource): string {
  return name.split('/').at(-1) ?? '';
}

export function lastNames(prediction: Prediction, type: string): readonly string[] {
  return ofType(prediction, type).map(lastName).toSorted();
}

/** The site has two configurations: its settings, and where Entra ID stands before it authsettingsV2. */
export function siteConfig(
  prediction: Prediction,
  name: string,
): Readonly<Record<string, unknown>> | undefined {
  const configs = ofType(prediction, 'Microsoft.Web/sites/config');
  return configs.find((config) => lastName(config) === name)?.properties;
}

export function appSettings(prediction: Prediction): Readonly<Record<string, unknown>> {
  return siteConfig(prediction, 'appsettings') ?? {};
}
