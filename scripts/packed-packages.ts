/** The packages that are published, packed as `npm publish` would pack them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What of a package.json is read here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly bin?: Record<string, string>;
}

/** A package of this repository that is published. */
export interface PublishedPackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A package as a file. */
export interface PackedPackage {
  readonly tarball: string;
  /** Paths inside it. */
  readonly files: readonly string[];
}

export const publishedPackages: readonly PublishedPackage[] = ['packages/pawl', 'packages/server'].map(
  (folder) => ({ folder, manifest: JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest }),
);

interface NpmPacked {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/**
 * Packs what is built; does NOT build.
 *
 * @param destination - folder of the tarball
 * @throws Error with what npm said
 */
export function pack({ folder }: PublishedPackage, destination: string): PackedPackage {
  const args = ['pack', '--json', '--pack-destination', destination, `./${folder}`];
  const answer = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [packed] = JSON.parse(answer) as NpmPacked[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  return {
    tarball: path.join(destination, packed.filename),
    files: packed.files.map((file) => file.path),
  };
}
