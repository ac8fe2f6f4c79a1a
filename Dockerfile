# One image for the five apps, the image service and the operator's tools; the command chooses (docker-compose.yml):
#   node --max-semi-space-size=4 dist/apps/<app>/main.cjs     node dist/tools/<tool>/main.cjs
# A small young generation keeps an app at rest small, too: V8 gives nothing of it back on its own. A volume-manager also gets
# --no-memory-reducer: a heap that was made small at rest is marked over and over while an image comes.
# It needs neither BuildKit nor a registry beyond those of the base image, npm and Debian.
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /hearth
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM packages AS bundles
COPY tsconfig.base.json ./
COPY libs libs
COPY apps apps
COPY tools tools
RUN node tools/build.mjs all && node tools/compose/bundle-tools.mjs

FROM packages AS runtime-packages
RUN npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
# qemu-img converts and inspects images where a volume-manager does; the other apps carry it for the sake of one image.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends qemu-utils \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /var/lib/hearth /var/lib/hearth-nats \
 && install -d -o node -g node -m 700 /var/lib/hearth-keys \
 && for user in server operator api scheduler cache-janitor notifier volume-manager-store-01 volume-manager-store-02; do \
      install -d -o node -g node -m 755 "/var/lib/hearth-nats/$user"; \
    done
WORKDIR /hearth
ENV NODE_ENV=production
COPY package.json ./
COPY deploy/healthcheck.cjs deploy/
COPY --from=runtime-packages /hearth/node_modules node_modules
COPY --from=bundles /hearth/dist dist
# A named volume that is mounted here, or over the folder of keys or of a user of NATS, takes over its owner.
VOLUME /var/lib/hearth
USER node
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=40", "dist/apps/api/main.cjs"]
