"""The functions that row-level security asks who is asking, before any table exists."""

from django.db import migrations

SCOPE = """
-- What the owner makes from here on, the application may read and write; operators and the recorder get nothing unasked.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tidegate_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO tidegate_app;

CREATE TABLE tenants_scopekey (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
REVOKE ALL ON tenants_scopekey FROM PUBLIC, tidegate_app;

CREATE TABLE tenants_credential (hash bytea PRIMARY KEY, org_id uuid NOT NULL);
REVOKE ALL ON tenants_credential FROM PUBLIC, tidegate_app;

CREATE TABLE tenants_stamp (subject bytea PRIMARY KEY, value bigint NOT NULL);
REVOKE ALL ON tenants_stamp FROM PUBLIC, tidegate_app;
GRANT SELECT ON tenants_stamp TO tidegate_app;

-- Functions that run as the owner look for types in pg_temp last: otherwise whoever can make a temporary type named
-- "uuid" has the owner run its check.

-- The parts of app.scope if its signature is right for this connection, else NULL.
CREATE FUNCTION tidegate_scope() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(current_setting('app.scope', true), '|');
    body bytea;
BEGIN
    IF parts IS NULL OR cardinality(parts) <> 4 THEN
        RETURN NULL;
    END IF;
    body := convert_to(parts[1] || '|' || parts[2] || '|' || parts[3] || '|' || pg_backend_pid(), 'UTF8');
    PERFORM FROM public.tenants_scopekey
        WHERE encode(sha256(outer_pad || sha256(inner_pad || body)), 'hex') = parts[4];
    IF FOUND THEN
        RETURN parts;
    END IF;
    RETURN NULL;
END $$;

-- The open tenant: the one named, else the one whose credential is presented.
CREATE FUNCTION tidegate_org() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := public.tidegate_scope();
BEGIN
    IF parts[1] <> '' THEN
        RETURN parts[1]::uuid;
    ELSIF parts[3] <> '' THEN
        RETURN (SELECT org_id FROM public.tenants_credential WHERE hash = decode(parts[3], 'hex'));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tidegate_user() RETURNS uuid
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT nullif((public.tidegate_scope())[2], '')::uuid
$$;

-- Trigger: a change of this row makes every cached copy of what its subject may do stale.
CREATE FUNCTION tidegate_touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    row_ jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    INSERT INTO public.tenants_stamp VALUES (sha256(convert_to(row_ ->> TG_ARGV[0], 'UTF8')), 1)
        ON CONFLICT (subject) DO UPDATE SET value = tenants_stamp.value + 1;
    RETURN NULL;
END $$;

-- Trigger: keep the owner's index from a credential's hash to its tenant.
CREATE FUNCTION tidegate_index_credential() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.tenants_credential WHERE hash = OLD.hash;
    ELSE
        INSERT INTO public.tenants_credential VALUES (NEW.hash, NEW.org_id);
    END IF;
    RETURN NULL;
END $$;

-- Whoever may execute a trigger function may hang it on a temporary table and feed it rows of their own.
REVOKE EXECUTE ON FUNCTION tidegate_touch, tidegate_index_credential FROM PUBLIC;
"""

UNDO = """
DROP FUNCTION tidegate_index_credential, tidegate_touch, tidegate_user, tidegate_org, tidegate_scope;
DROP TABLE tenants_stamp, tenants_credential, tenants_scopekey;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(SCOPE, UNDO)]
