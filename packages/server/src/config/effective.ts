import { Secret } from 'pawl';
import type { Config } from './config.js';
import { optionNames, options } from './options.js';
import type { Resolved } from './resolve.js';
import { storeText } from './store-location.js';

export interface EffectiveOption {
  readonly name: string;
  /** The value as text; of a secret only whether there is one. */
  readonly value: string;
  readonly origin: string;
}

/** The configuration as it may be shown to anybody: secrets are masked whole. */
export function effective({ config, origins }: Resolved): readonly EffectiveOption[] {
  return optionNames.map((name) => ({
    name,
    value: show(name, config),
    origin: origins[name],
  }));
}

function show(name: keyof Config, config: Config): string {
  const value = config[name];
  const { defaultText } = options[name];
  if (value === null) return `(${defaultText ?? 'none'})`;
  if (isList(value)) return value.length === 0 ? `(${defaultText ?? 'none'})` : value.join(', ');
  if (value instanceof Secret) return '(set, not shown)';
  return typeof value === 'object' ? storeText(value) : String(value);
}

/** `Array.isArray` alone does not narrow a read-only list. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}
