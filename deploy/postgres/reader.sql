-- The role the service reads with: it can select from what the loader has made, now and later, and nothing else.
-- Run once in the service's database, as the role that loads.
DO $$ BEGIN CREATE ROLE endoatlas_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO endoatlas_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO endoatlas_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO endoatlas_reader;
