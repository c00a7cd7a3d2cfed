/** Those who work in a run, and who has no business with what they have. */
export const tenants = ['owner', 'intruder'] as const;
export type Tenant = (typeof tenants)[number];

/** What a tenant marks all with that it stores: who else comes across it has seen what is not his. */
export function canaryOf(tenant: Tenant): string {
  return `canary-of-${tenant}`;
}

/** The tenants whose canaries are in a text. */
export function canariesIn(text: string): readonly Tenant[] {
  return tenants.filter((tenant) => text.includes(canaryOf(tenant)));
}
