import { connectPostgres, fenceWriters, migrate } from '@threadstore/postgres';
import {
  createServingRole,
  type NativePostgresOptions,
  type NativeServer,
  startNativePostgres,
  startStandby,
  TcpProxy,
  waitFor,
  withClient,
} from '@threadstore/testkit';

export interface DatabaseOptions extends Pick<NativePostgresOptions, 'settings' | 'volumeMiB'> {
  /** Whether commits wait for a standby. */
  readonly standby: 'none' | 'async' | 'sync';
}

/** A Postgres server, maybe with a standby, and a link to it for each replica of the service. */
export class Database implements AsyncDisposable {
  primary: NativeServer;
  standby: NativeServer | undefined;
  /** From the standby to the primary. */
  replication: TcpProxy | undefined;
  /** From each replica to the primary. */
  readonly links: readonly TcpProxy[];
  /** Of the replicas: behind the wall between tenants. */
  role: Pick<URL, 'username' | 'password'> = { username: '', password: '' };
  readonly #options: DatabaseOptions;
  readonly #servers = new Set<NativeServer>();

  private constructor(primary: NativeServer, links: readonly TcpProxy[], options: DatabaseOptions) {
    this.primary = primary;
    this.links = links;
    this.#options = options;
    this.#servers.add(primary);
  }

  static async start(options: DatabaseOptions, replicas: number): Promise<Database> {
    const { settings = [], volumeMiB } = options;
    // A standby that is copied while the primary writes finds all of the log that it needs.
    const all = ['wal_keep_size=1GB', 'max_wal_size=256MB', ...settings];
    const primary = await startNativePostgres({
      durable: true,
      settings: volumeMiB === undefined ? all : settings,
      ...(volumeMiB === undefined ? {} : { volumeMiB }),
    });
    const links: TcpProxy[] = [];
    const database = new Database(primary, links, { ...options, settings: all });
    try {
      for (let number = 1; number <= replicas; number += 1) links.push(await TcpProxy.to(primary.url));
      await using schema = connectPostgres({ connectionString: primary.url });
      await migrate(schema);
      database.role = new URL((await createServingRole(primary.url)).url);
      await database.addStandby();
      return database;
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Writes all there is through to the disk, also where Postgres does not: what a run begins with is there when the power goes. */
  async settle(): Promise<void> {
    await withClient(this.primary.url, (client) => client.query('checkpoint'));
    if (this.#options.volumeMiB !== undefined) this.primary.volume.sync(this.primary.pid ?? 0);
  }

  /** Gives the primary the standby that it is to have, and resolves when that has all that was committed until then. */
  async addStandby(): Promise<void> {
    if (this.#options.standby === 'none') return;
    this.replication = await TcpProxy.to(this.primary.url);
    const { settings = [] } = this.#options;
    const standby = await startStandby(this.primary, this.replication.url, { durable: true, settings });
    this.#servers.add(standby);
    this.standby = standby;
    const state = this.#options.standby === 'sync' ? 'sync' : 'async';
    await withClient(this.primary.url, async (client) => {
      await client.query('set synchronous_commit = local');
      await client.query(`alter system set synchronous_standby_names = '${state === 'sync' ? 'standby' : ''}'`);
      await client.query('select pg_reload_conf()');
      const caughtUp = `select from pg_stat_replication
        where application_name = 'standby' and state = 'streaming' and sync_state = $1 and flush_lsn >= $2`;
      let end: string | undefined;
      const isThere = async (): Promise<boolean> => {
        const { rows } = await client.query<{ end: string }>('select pg_current_wal_flush_lsn()::text as end');
        end ??= rows[0]?.end;
        return (await client.query(caughtUp, [state, end])).rows.length > 0;
      };
      await waitFor(isThere, { timeoutMs: 60_000, what: 'the standby to follow' });
    });
  }

  /**
   * Makes the standby the primary; where nobody waited for it, all writers are fenced. The links stay where they are. Resolves with the
   * one that was the primary before.
   */
  async promote(): Promise<NativeServer> {
    const { primary, standby } = this;
    if (standby === undefined) throw new Error('there is no standby to promote');
    await withClient(standby.url, (client) => client.query('select pg_promote(true, 60)'));
    if (this.#options.standby === 'async') {
      await using owner = connectPostgres({ connectionString: standby.url });
      await fenceWriters(owner);
    }
    this.primary = standby;
    this.standby = undefined;
    return primary;
  }

  /** Lets the links lead to the primary, and breaks what leads elsewhere. */
  follow(links: readonly TcpProxy[] = this.links): void {
    for (const link of links) {
      link.retarget(this.primary.url);
      link.cut();
    }
  }

  /** Removes a server that was the primary, and the link by which its standby followed it. */
  async retire(server: NativeServer): Promise<void> {
    await this.replication?.[Symbol.asyncDispose]();
    this.replication = undefined;
    await server.stop();
    this.#servers.delete(server);
  }

  /** Resolves when it accepts connections. */
  async isUp(): Promise<void> {
    await waitFor(() => withClient(this.primary.url, (client) => client.query('select 1')), {
      timeoutMs: 60_000,
      what: 'Postgres to accept connections',
    });
  }

  /** The server processes of commits that wait for the standby. */
  async waitingCommits(server: NativeServer): Promise<readonly string[]> {
    return withClient(server.url, async (client) => {
      const { rows } = await client.query<{ pid: string }>(
        `select pid::text from pg_stat_activity where wait_event = 'SyncRep'`,
      );
      return rows.map(({ pid }) => pid);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.stop()));
    await this.replication?.[Symbol.asyncDispose]();
    await Promise.all(this.links.map((link) => link[Symbol.asyncDispose]()));
  }
}
