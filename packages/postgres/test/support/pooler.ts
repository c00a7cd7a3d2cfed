import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'pg';

/** A pooler in transaction mode: its clients share connections to the server, each for one transaction at a time. */
export interface Pooler extends AsyncDisposable {
  readonly url: string;
  /** The settings that clients wanted to start with, and were refused for. */
  readonly refused: readonly string[];
}

export interface PoolerOptions {
  /** Connections to the server. */
  readonly connections: number;
}

export async function poolerBefore(url: string, { connections }: PoolerOptions): Promise<Pooler> {
  const shared = new SharedConnections(
    await Promise.all(Array.from({ length: connections }, () => ServerConnection.open(url))),
  );
  const refused: string[] = [];
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (startup) => {
      const setting = settingsOf(startup).find((name) => !allowed.includes(name));
      if (setting === undefined) {
        socket.write(welcome);
        serve(socket, shared);
        return;
      }
      refused.push(setting);
      socket.end(refusal(setting));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = new URL(url);
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: own.href,
    refused,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of clients) socket.destroy();
      await once(server, 'close');
      await shared.close();
    },
  };
}

/** What PgBouncer lets a client start with. */
const allowed = ['user', 'database', 'application_name', 'client_encoding'];

/** The names of what follows on length and protocol version. */
function settingsOf(startup: Buffer): readonly string[] {
  const words = startup.subarray(8).toString().split('\0');
  return words.filter((word, index) => index % 2 === 0 && word !== '');
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Authenticated, and ready for a query. */
const welcome = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);

/** What PgBouncer answers to a client that starts with a setting of its own. */
function refusal(setting: string): Buffer {
  const fields = ['SFATAL', 'VFATAL', 'C08P01', `Munsupported startup parameter: ${setting}`, ''];
  return message('E', Buffer.from(`${fields.join('\0')}\0`));
}

/** Cuts what comes from a socket into messages. */
class Messages {
  #rest = Buffer.alloc(0);

  *of(chunk: Buffer): Generator<Buffer, void, undefined> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = this.#rest.length < 5 ? Infinity : 1 + this.#rest.readInt32BE(1);
      if (end > this.#rest.length) return;
      yield this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

class ServerConnection {
  readonly #client: Client;
  readonly #messages = new Messages();
  /** Who has it. */
  #socket: Socket | undefined;
  onFree: () => void = () => undefined;

  private constructor(client: Client) {
    this.#client = client;
    // From here on nobody but a client of the pooler reads what the server says.
    client.connection.stream.removeAllListeners('data');
    client.connection.stream.on('data', (chunk: Buffer) => this.#answer(chunk));
  }

  static async open(url: string): Promise<ServerConnection> {
    const client = new Client({ connectionString: url, application_name: 'threadstore' });
    await client.connect();
    return new ServerConnection(client);
  }

  give(socket: Socket, written: Buffer): void {
    this.#socket = socket;
    this.write(written);
  }

  write(written: Buffer): void {
    this.#client.connection.stream.write(written);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  #answer(chunk: Buffer): void {
    for (const answer of this.#messages.of(chunk)) {
      this.#socket?.write(answer);
      // Ready for a query, and in no transaction.
      if (answer.toString('latin1', 0, 1) !== 'Z' || answer.toString('latin1', 5) !== 'I') continue;
      this.#socket = undefined;
      this.onFree();
    }
  }
}

class SharedConnections {
  readonly #all: readonly ServerConnection[];
  readonly #free: ServerConnection[];
  readonly #waiting: ((connection: ServerConnection) => void)[] = [];
  readonly #ended = new Map<ServerConnection, () => void>();

  constructor(all: readonly ServerConnection[]) {
    this.#all = all;
    this.#free = [...all];
    for (const connection of all) {
      connection.onFree = () => {
        this.#ended.get(connection)?.();
        const next = this.#waiting.shift();
        if (next === undefined) this.#free.push(connection);
        else next(connection);
      };
    }
  }

  /** Calls `taken` once a connection is free, and `ended` when its transaction is over. */
  take(taken: (connection: ServerConnection) => void, ended: () => void): void {
    const take = (connection: ServerConnection): void => {
      this.#ended.set(connection, ended);
      taken(connection);
    };
    const free = this.#free.shift();
    if (free === undefined) this.#waiting.push(take);
    else take(free);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.close()));
  }
}

/** Passes each transaction of a client on to whichever connection is free. */
function serve(socket: Socket, shared: SharedConnections): void {
  const messages = new Messages();
  let connection: ServerConnection | 'awaited' | undefined;
  let written: Buffer[] = [];
  socket.on('data', (chunk) => {
    for (const sent of messages.of(chunk)) {
      if (sent.toString('latin1', 0, 1) === 'X') return;
      if (connection === undefined) {
        connection = 'awaited';
        const taken = (free: ServerConnection): void => {
          connection = free;
          free.give(socket, Buffer.concat(written));
          written = [];
        };
        shared.take(taken, () => (connection = undefined));
      }
      if (typeof connection === 'object') connection.write(sent);
      else written.push(sent);
    }
  });
}
