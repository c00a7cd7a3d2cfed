# The threadstore service. Builds from this repository alone; any base with Node 22.12 or newer and npm will do.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# Every workspace's manifest, so that a change of sources does not install the dependencies again.
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/contract-tests/package.json packages/contract-tests/
COPY packages/protocol/package.json packages/protocol/
COPY packages/codex/package.json packages/codex/
COPY packages/postgres/package.json packages/postgres/
COPY packages/client/package.json packages/client/
COPY packages/server/package.json packages/server/
COPY packages/testkit/package.json packages/testkit/
COPY packages/bench/package.json packages/bench/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY packages packages
RUN npx tsc -b packages/server
# What the service needs to run, and nothing else, in the versions of the lock file. npm counts the development dependencies of
# sibling workspaces in, unless they are gone.
RUN npm pkg delete devDependencies --workspaces \
    && rm -rf node_modules packages/*/node_modules \
    && npm install --ignore-scripts --prefer-offline --omit=dev --workspace packages/server

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    THREADSTORE_LISTEN=0.0.0.0:50051 \
    THREADSTORE_METRICS_LISTEN=0.0.0.0:9090 \
    THREADSTORE_DATA_DIR=/var/lib/threadstore
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages/core packages/core
COPY --from=build /app/packages/protocol packages/protocol
COPY --from=build /app/packages/codex packages/codex
COPY --from=build /app/packages/postgres packages/postgres
COPY --from=build /app/packages/client packages/client
COPY --from=build /app/packages/server packages/server
# The embedded database of a service without DATABASE_URL. Nothing else is written: the root may be read-only.
RUN mkdir -p /var/lib/threadstore && chown node:node /var/lib/threadstore
VOLUME /var/lib/threadstore
USER node
# The service, and metrics with /livez and /readyz.
EXPOSE 50051 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["/app/packages/server/bin/threadstore.js", "version", "--endpoint", "127.0.0.1:50051"]
ENTRYPOINT ["/app/packages/server/bin/threadstore.js"]
CMD ["serve"]
