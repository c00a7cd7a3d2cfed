interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  /** A workspace, by its folder. */
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

/** What counts of a package-lock.json. */
export interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const sha512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** What is wrong with a lock file, a line each. `decided`: packages of whose install scripts somebody has decided. */
export function lockFaults({ lockfileVersion, packages }: Lock, decided: readonly string[]): readonly string[] {
  const faults = lockfileVersion === 3 ? [] : [`lockfileVersion: expected 3 (got ${lockfileVersion})`];
  for (const [path, { link, integrity, resolved, hasInstallScript }] of Object.entries(packages)) {
    const at = path.lastIndexOf('node_modules/');
    // The repository itself, and its workspaces.
    if (at === -1 || link === true) continue;
    const name = path.slice(at + 'node_modules/'.length);
    if (integrity === undefined || !sha512.test(integrity)) faults.push(`${path}: no sha512 integrity`);
    // The registry is that of whoever installs.
    if (resolved !== undefined) faults.push(`${path}: comes from a place of its own`);
    if (hasInstallScript === true && !decided.includes(name)) {
      faults.push(`${path}: has an install script that allowScripts of package.json does not name`);
    }
  }
  return faults;
}
