#!/bin/bash
# Copies the primary once, then streams from it.
set -euo pipefail
data=/var/lib/postgresql/18/docker
if [ ! -s "$data/PG_VERSION" ]; then
  mkdir -p "$data" && chmod 700 "$data"
  pg_basebackup --host primary --username postgres --pgdata "$data" --write-recovery-conf --checkpoint fast
  echo "primary_conninfo = 'host=primary user=postgres password=$PGPASSWORD'" >> "$data/postgresql.auto.conf"
fi
exec postgres -D "$data" -c hot_standby_feedback=on -c "listen_addresses=*"
