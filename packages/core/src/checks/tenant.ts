const bytesMax = 255;

/** A tenant's name as every key has it. Throws a `RangeError` for one that no key can have. */
export function checkTenant(tenant: string): string {
  const bytes = Buffer.byteLength(tenant);
  if (bytes === 0 || bytes > bytesMax) throw new RangeError(`tenant: must have 1 to ${bytesMax} bytes (got ${bytes})`);
  if (!tenant.isWellFormed() || tenant.includes('\0'))
    throw new RangeError('tenant: must be well-formed and without NUL');
  return tenant;
}
