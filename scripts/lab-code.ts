/** Code of the lab in a package, which is no place for it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The files of a package that hold code of the lab: their path says so, or they are a map that names a source of the lab.
 *
 * @param folder - of the package, from the root of the repository
 * @param files - paths in that folder
 * @param read - the text of a file, by its path from the root
 */
export function labCodeIn(
  folder: string,
  files: readonly string[],
  read: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): string[] {
  return files.filter((file) => {
    if (/(?:^|\/)lab[./]/.test(file)) return true;
    const place = path.posix.join(folder, file);
    return file.endsWith('.map') && sourcesOf(place, read(place)).some((source) => source.startsWith('lab/'));
  });
}

/** From the root of the repository. */
function sourcesOf(map: string, text: string): string[] {
  const { sources } = JSON.parse(text) as { readonly sources: readonly string[] };
  return sources.map((source) => path.posix.join(path.posix.dirname(map), source));
}
