#!/bin/sh
# As in the official image: an option or a configuration file is meant for nats-server.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- nats-server "$@"
fi
exec "$@"
