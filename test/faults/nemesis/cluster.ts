import { connectPostgres, migrate } from '@threadstore/postgres';
import { startNativePostgres } from '@threadstore/testkit';
import { Replica } from './replica.ts';

/** A Postgres server of its own, and replicas of the service on it. */
export class Cluster implements AsyncDisposable {
  readonly replicas: readonly Replica[];
  readonly databaseUrl: string;
  readonly #started: AsyncDisposableStack;

  private constructor(databaseUrl: string, replicas: readonly Replica[], started: AsyncDisposableStack) {
    this.databaseUrl = databaseUrl;
    this.replicas = replicas;
    this.#started = started;
  }

  static async start(replicas: number): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const postgres = await startNativePostgres();
    started.defer(() => postgres.stop());
    {
      await using database = connectPostgres({ connectionString: postgres.url });
      await migrate(database);
    }
    const all: Replica[] = [];
    for (let number = 1; number <= replicas; number += 1) {
      all.push(started.use(await Replica.start(`replica-${number}`, postgres.url)));
    }
    return new Cluster(postgres.url, all, started.move());
  }

  get endpoints(): readonly string[] {
    return this.replicas.map(({ endpoint }) => endpoint);
  }

  get crashes(): readonly string[] {
    return this.replicas.flatMap(({ crashes }) => crashes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }
}
