import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './free-port.js';
import { requireProgram } from './program.js';
import { ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

/** A private nginx on a loopback port. */
export interface NginxServer {
  readonly origin: string;
  readonly process: ServerProcess;
}

/** What a private nginx is started with. */
export interface NginxSetup {
  /** What stands inside `http { … }`, for the port that it shall listen on. */
  readonly servers: (port: number) => string;
  /** Other files, by their path beside the configuration. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Starts nginx as one process of the current user. */
export async function startNginx(setup: NginxSetup): Promise<NginxServer> {
  const folder = temporaryFolder('nginx');
  const port = await freePort();
  for (const [name, text] of Object.entries(setup.files ?? {})) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, setup.servers(port)));
  const process = await ServerProcess.start({
    program: requireProgram('nginx'),
    args: ['-p', folder, '-c', file, '-e', 'stderr'],
    // Written once the ports are open.
    readyText: 'getrlimit(RLIMIT_NOFILE)',
  });
  return { origin: `http://127.0.0.1:${port}`, process };
}

function configuration(folder: string, servers: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = temporary.map((name) => `${name}_temp_path ${path.join(folder, name)};`);
  return `
daemon off;
master_process off;
pid ${path.join(folder, 'nginx.pid')};
error_log stderr notice;
events {}
http {
access_log off;
${paths.join('\n')}
${servers}
}
`;
}
