#!/bin/sh
# As in the official image: an option, or a word that is no program, is meant for node.
set -e
if [ "${1#-}" != "$1" ] || ! command -v -- "$1" > /dev/null; then
  set -- node "$@"
fi
exec "$@"
