#!/bin/bash
# Runs once, when the primary's data folder is made: a standby may stream from it, and the reader may log in.
set -euo pipefail
echo "host replication postgres all scram-sha-256" >> "$PGDATA/pg_hba.conf"
psql --username postgres --dbname "$POSTGRES_DB" --command \
  "CREATE ROLE endoatlas_reader LOGIN PASSWORD '${READER_PASSWORD:-endoatlas_reader}'"
