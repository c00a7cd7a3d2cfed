import { startNativePostgres, type RunningPostgres } from '@threadstore/testkit';
import { connectPostgres, migrate, type Database } from '../../src/index.ts';

/** A migrated server whose commits can be made to wait for a standby. */
export class StandbyServer implements AsyncDisposable {
  readonly url: string;
  /** Its own commits wait for no standby. */
  readonly admin: Database;
  readonly #server: RunningPostgres;

  private constructor(server: RunningPostgres, admin: Database) {
    this.url = server.url;
    this.admin = admin;
    this.#server = server;
  }

  static async start(): Promise<StandbyServer> {
    const server = await startNativePostgres();
    const url = new URL(server.url);
    url.searchParams.set('options', '-c synchronous_commit=local');
    const admin = connectPostgres({ connectionString: url.href });
    await migrate(admin);
    return new StandbyServer(server, admin);
  }

  /** Which standbys commits wait for; the server takes the setting in its own time. */
  async setStandby(names: string): Promise<void> {
    await this.admin.query(`alter system set synchronous_standby_names = '${names}'`);
    await this.admin.query('select pg_reload_conf()');
  }

  /** The server processes of commits that wait for the standby. */
  async waitingCommits(): Promise<readonly string[]> {
    const rows = await this.admin.query(`select pid::text from pg_stat_activity where wait_event = 'SyncRep'`);
    return rows.map((row) => row['pid'] ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.admin.close();
    await this.#server.stop();
  }
}
