# The directory in a container. Build: docker build -t nym-directory . ; run: see compose.yaml and docs/operations.md.
FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
# The nym-client asks a nym-api over TLS.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/nym-client ./nym-client
RUN mkdir /data && chown node:node /data && chmod 700 /data
ENV NODE_ENV=production DATA_DIR=/data
VOLUME /data
USER node
# A nym-client that gets SIGTERM throws its users' SURBs away; SIGINT lets it keep them.
STOPSIGNAL SIGINT
# Never by a Nym client's port: a failed handshake there ends the nym-client.
HEALTHCHECK --interval=30s --timeout=10s --start-period=150s CMD ["node", "dist/src/main.js", "status"]
ENTRYPOINT ["/bin/sh", "-c", "ulimit -c 0 && exec node dist/src/main.js \"$@\"", "nym-directory"]
CMD ["run"]
