import packageJson from '../package.json' with { type: 'json' };

/** Of this program: the package's. */
export const HVE_VERSION: string = packageJson.version;
