# auth-service, api-service and the admin CLI, one target each. Built and run on the same glibc base, because the engines are native.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY packages/access-token/package.json packages/access-token/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/ended-sessions/package.json packages/ended-sessions/
COPY packages/signing-keys/package.json packages/signing-keys/
COPY auth-service/package.json auth-service/
COPY api-service/package.json api-service/
COPY local-stack/package.json local-stack/
COPY gateway-tests/package.json gateway-tests/
COPY packages/token-vectors/package.json packages/token-vectors/
COPY admin-cli/package.json admin-cli/
COPY contract/package.json contract/
COPY bench/package.json bench/
RUN npm ci --workspace=auth-service --workspace=api-service --workspace=admin-cli --workspace=packages/access-token --workspace=packages/service-kit --workspace=packages/signing-keys --workspace=packages/ended-sessions --include-workspace-root
COPY packages packages
COPY auth-service auth-service
COPY api-service api-service
COPY admin-cli admin-cli
RUN npx tsc -b auth-service api-service admin-cli

# What each needs at run time: its own production dependencies and the compiled packages.
FROM build AS auth-service-files
RUN npm ci --omit=dev --workspace=auth-service --workspace=packages/access-token --workspace=packages/service-kit --workspace=packages/signing-keys --workspace=packages/ended-sessions

FROM build AS api-service-files
RUN npm ci --omit=dev --workspace=api-service --workspace=packages/access-token --workspace=packages/service-kit --workspace=packages/signing-keys --workspace=packages/ended-sessions

FROM build AS admin-cli-files
RUN npm ci --omit=dev --workspace=admin-cli --workspace=packages/service-kit

FROM node:24-bookworm-slim AS auth-service
ENV NODE_ENV=production
WORKDIR /app
COPY --from=auth-service-files /app/package.json ./
COPY --from=auth-service-files /app/node_modules node_modules
COPY --from=auth-service-files /app/packages packages
COPY --from=auth-service-files /app/auth-service auth-service
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "auth-service/dist/main.js"]

FROM node:24-bookworm-slim AS api-service
ENV NODE_ENV=production
WORKDIR /app
COPY --from=api-service-files /app/package.json ./
COPY --from=api-service-files /app/node_modules node_modules
COPY --from=api-service-files /app/packages packages
COPY --from=api-service-files /app/api-service api-service
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "api-service/dist/main.js"]

FROM node:24-bookworm-slim AS admin-cli
ENV NODE_ENV=production
WORKDIR /app
COPY --from=admin-cli-files /app/package.json ./
COPY --from=admin-cli-files /app/node_modules node_modules
COPY --from=admin-cli-files /app/packages packages
COPY --from=admin-cli-files /app/admin-cli admin-cli
USER node
ENTRYPOINT ["node", "admin-cli/dist/main.js"]
