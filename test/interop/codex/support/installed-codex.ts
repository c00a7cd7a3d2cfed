import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Published releases of the Codex CLI whose threads can be kept by a service. */
export const codexVersions = ['0.125.0', '0.128.0', '0.129.0'] as const;
export type CodexVersion = (typeof codexVersions)[number];

/** A published program, or why there is none here. */
export type InstalledCodex = { readonly program: string } | { readonly missing: string };

const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/threadstore-interop', import.meta.url));
const programInside = 'node_modules/@openai/codex/vendor/x86_64-unknown-linux-musl/codex/codex';
/** The packages hold some 80 MB each. */
const installTimeoutMs = 120_000;

/**
 * The program of a release, fetched through npm unless a run before has fetched it. Where it can't be had, that is said in one line
 * on standard error, and the tests that need it are skipped.
 */
export async function installedCodex(version: CodexVersion): Promise<InstalledCodex> {
  const installed = await install(version);
  if ('missing' in installed) process.stderr.write(`tests with Codex ${version} are skipped: ${installed.missing}\n`);
  return installed;
}

async function install(version: CodexVersion): Promise<InstalledCodex> {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64')
    return { missing: `its programs are fetched for linux-x64 only (this is ${platform}-${arch})` };
  const folder = join(cacheFolder, `codex-${version}`);
  const program = join(folder, programInside);
  if (existsSync(program)) return { program };
  // Beside its place until it is whole: test files run at the same time, and a run may be broken off.
  const unfinished = join(cacheFolder, `unfinished-${randomUUID()}`);
  try {
    await mkdir(unfinished, { recursive: true });
    const options = [
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--fetch-retries=1',
      '--fetch-retry-mintimeout=500',
    ];
    const release = `@openai/codex@${version}-linux-x64`;
    await promisify(execFile)('npm', ['install', ...options, '--prefix', unfinished, release], {
      timeout: installTimeoutMs,
    });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(program)) throw error;
    });
    return existsSync(program) ? { program } : { missing: `the package has no ${programInside}` };
  } catch (error) {
    return { missing: `npm could not install it: ${firstLine(error)}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function firstLine(error: unknown): string {
  const said =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  const text = said === '' ? String(error) : said;
  return text.split('\n')[0] ?? '';
}
