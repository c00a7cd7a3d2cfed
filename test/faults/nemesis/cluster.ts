import { Database, type DatabaseOptions } from './database.ts';
import { Replica } from './replica.ts';

/** A database of its own, and replicas of the service on it. */
export class Cluster implements AsyncDisposable {
  readonly replicas: readonly Replica[];
  readonly database: Database;
  readonly #started: AsyncDisposableStack;

  private constructor(database: Database, replicas: readonly Replica[], started: AsyncDisposableStack) {
    this.database = database;
    this.replicas = replicas;
    this.#started = started;
  }

  static async start(replicas: number, options: DatabaseOptions): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const database = started.use(await Database.start(options, replicas));
    const all: Replica[] = [];
    for (const [index, link] of database.links.entries()) {
      all.push(started.use(await Replica.start(`replica-${index + 1}`, link)));
    }
    return new Cluster(database, all, started.move());
  }

  /** Of the primary, past all links. */
  get databaseUrl(): string {
    return this.database.primary.url;
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
