import { Database, type DatabaseOptions } from './database.ts';
import { Replica, type Serving } from './replica.ts';

/** How all replicas serve. */
export interface Service extends Pick<Serving, 'tokensFile' | 'token'> {
  readonly auditLogOf: (replica: string) => string | null;
}

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

  static async start(replicas: number, options: DatabaseOptions, service: Service): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const database = started.use(await Database.start(options, replicas));
    const all: Replica[] = [];
    for (const [index, link] of database.links.entries()) {
      const name = `replica-${index + 1}`;
      const serving = { ...service, role: database.role, auditLog: service.auditLogOf(name) };
      all.push(started.use(await Replica.start(name, link, serving)));
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
