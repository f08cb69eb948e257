-- The role that takes backups, and nothing else does: run it as a superuser, once for the whole server.
--
--     PGOPTIONS="-c tidegate.backup_password=…" \
--         psql --set ON_ERROR_STOP=1 --dbname tidegate --file deploy/postgres/backup.sql
--
-- Row-level security is forced upon every other role, so that pg_dump would leave out every organisation as any of
-- them. This one is exempt and reads everything: no process of Tidegate may know its password, and no other role may
-- be a member of it. One that is does not start (docs/deployment.md).

DO $$
DECLARE
    password text := current_setting('tidegate.backup_password', true);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidegate_backup') THEN
        CREATE ROLE tidegate_backup;
    END IF;
    ALTER ROLE tidegate_backup LOGIN REPLICATION BYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE;
    ALTER ROLE tidegate_backup SET default_transaction_read_only = on;
    IF password <> '' THEN
        EXECUTE format('ALTER ROLE tidegate_backup PASSWORD %L', password);
    END IF;
END
$$;

GRANT pg_read_all_data TO tidegate_backup;
