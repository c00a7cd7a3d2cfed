const scopeNames = ['read', 'write', 'admin'] as const;

/** What a caller may do: see threads, change them, administer the service. None includes another. */
export type Scope = (typeof scopeNames)[number];

export function isScope(value: unknown): value is Scope {
  return scopeNames.some((name) => name === value);
}

/** Who calls. Everything that a call may do and see follows from this, never from its request. */
export interface Principal {
  /** Whose threads are served. */
  readonly tenant: string;
  /** Which of the tenant's credentials it was, for logs and audits. No secret. */
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The caller of whom nothing is known yet, where credentials are asked for: of no tenant, and permitted nothing. */
export const nobody: Principal = { tenant: '', subject: 'nobody', scopes: new Set() };

/** The caller of a service that asks for no credentials. */
export const anyone: Principal = {
  tenant: 'default',
  subject: 'anyone',
  scopes: new Set<Scope>(scopeNames),
};
