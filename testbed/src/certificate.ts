import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { requireProgram } from './program.js';
import { temporaryFolder } from './temporary-folder.js';

/** A certificate for this machine only, and its key. */
export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** SHA-256 of its public key (SPKI, DER), base64: what Chromium is told to trust. */
  readonly spkiHash: string;
}

/** Names that a browser resolves to this machine. Two names directly below `localhost` are two sites. */
const names = ['localhost', '*.localhost'];

/** A new self-signed certificate for `localhost` and the names below it, for a day. @throws Error when openssl fails */
export function createCertificate(): Certificate {
  const folder = temporaryFolder('certificate');
  const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  execFileSync(
    requireProgram('openssl'),
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '1', '-subj', '/CN=localhost'],
      ...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
    ],
    { stdio: 'pipe' },
  );
  const cert = readFileSync(certFile, 'utf8');
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  const spkiHash = createHash('sha256').update(spki).digest('base64');
  return { key: readFileSync(keyFile, 'utf8'), cert, spkiHash };
}
