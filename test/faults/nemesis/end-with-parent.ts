// Loaded into a process before its program: ends it when the process that started it is gone, even by kill -9.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The channel alone keeps nobody alive.
process.channel?.unref();
