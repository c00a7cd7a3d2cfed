/** SQL for whether no rollback hides an item of the tenant `$1`, which a table or an alias has by `thread_id` and `ordinal`. */
export function isShown(item: string): string {
  return `not exists (
    select from threadstore.hidden_items as hidden
    where hidden.tenant = $1 and hidden.thread_id = ${item}.thread_id
      and hidden.from_ordinal <= ${item}.ordinal and hidden.until_ordinal > ${item}.ordinal
  )`;
}
