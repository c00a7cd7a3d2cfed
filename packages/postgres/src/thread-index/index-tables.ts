/** The tables that follow from a thread's items. */
export const indexTables = ['turns', 'late_items', 'hidden_items', 'messages', 'messages_behind'] as const;
