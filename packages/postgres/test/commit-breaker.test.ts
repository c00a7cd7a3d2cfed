import { expect, test } from 'vitest';
import { commitBreakerOf } from '../src/commit-breaker.ts';
import { connectPostgres, PostgresThreadStore } from '../src/index.ts';

test('a store that is closed is told of nothing any more', async () => {
  // Nobody connects.
  await using database = connectPostgres({ connectionString: 'postgres://127.0.0.1:1/none' });
  const breaker = commitBreakerOf(database);
  const onOpen = breaker.onOpen.bind(breaker);
  let told = 0;
  breaker.onOpen = (callback) => {
    const forget = onOpen(callback);
    told += 1;
    return () => {
      forget();
      told -= 1;
    };
  };
  for (const tenant of ['a', 'b']) {
    const store = new PostgresThreadStore({ database, tenant });
    expect(told).toBe(1);
    await store.close();
    expect(told).toBe(0);
  }
});
