/** What threads of the side load are given, and lists are filtered by. */
export const cwds = ['/a', '/b', '/c'] as const;
export const providers = ['one', 'two'] as const;
