-- The four roles of Tidegate and what they may do, for a PostgreSQL server of your own or the embedded one.
--
-- Run it as a superuser inside the database, as often as you like; it only ever adds what is missing:
--
--     createdb tidegate
--     PGOPTIONS="-c tidegate.owner_password=… -c tidegate.app_password=… \
--                -c tidegate.operator_password=… -c tidegate.recorder_password=…" \
--         psql --set ON_ERROR_STOP=1 --dbname tidegate --file deploy/postgres/roles.sql
--
-- A password that is not given stays as it is. Run it with --dbname template1 too where the test suite shall make
-- its own databases, since privileges and extensions belong to one database and are copied from the template.

DO $$
DECLARE
    role_name text;
    password text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['tidegate_owner', 'tidegate_app', 'tidegate_operator', 'tidegate_recorder'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
        -- No role of ours is exempt from row-level security, whatever it was made with.
        EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION NOCREATEDB', role_name);
        password := current_setting(replace(role_name, '_', '.') || '_password', true);
        IF password <> '' THEN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', role_name, password);
        END IF;
    END LOOP;
END
$$;

-- All connections of a role may read each other's statements, values included, in pg_stat_activity: whoever can run
-- SQL as one of these would hear what it does for others. Only a superuser can turn it on again.
ALTER ROLE tidegate_app SET track_activities = off;
ALTER ROLE tidegate_operator SET track_activities = off;
ALTER ROLE tidegate_recorder SET track_activities = off;

-- The owner runs migrations, and makes the databases of the tests.
ALTER ROLE tidegate_owner CREATEDB;

DO $$
BEGIN
    IF current_database() <> 'template1' THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO tidegate_owner', current_database());
    END IF;
END
$$;

-- Only a superuser may add pgvector. No migration needs it yet, so a server that lacks it will do (Debian 12's does).
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        CREATE EXTENSION IF NOT EXISTS vector;
    END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO tidegate_owner;
GRANT USAGE ON SCHEMA public TO tidegate_app, tidegate_operator, tidegate_recorder;

-- The application may use the rows of every table and owns none. The operator and the recorder get nothing here:
-- the migrations grant them, table by table.
ALTER DEFAULT PRIVILEGES FOR ROLE tidegate_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tidegate_app;
ALTER DEFAULT PRIVILEGES FOR ROLE tidegate_owner GRANT USAGE ON SEQUENCES TO tidegate_app;
