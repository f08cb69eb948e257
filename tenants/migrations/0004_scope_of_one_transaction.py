"""A scope is opened by a function, and what it leaves in the session is good for that transaction only."""

from django.db import migrations

OPEN = """
-- Opens the scope that the application signed for this connection, until the transaction ends. The signed text itself
-- is left nowhere: the setting has a signature that counts in this transaction alone, so that one that is kept for the
-- session, or was heard before, opens nothing.
CREATE FUNCTION tidegate_open(signed text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    body text := substring(signed FROM '^(.*)[|]');
    here bytea := convert_to(body || '|' || pg_backend_pid(), 'UTF8');
    now_ bytea := convert_to('|' || extract(epoch FROM transaction_timestamp()), 'UTF8');
    minted text;
BEGIN
    SELECT encode(sha256(outer_pad || sha256(inner_pad || here || now_)), 'hex') INTO minted
        FROM public.tenants_scopekey
        WHERE encode(sha256(outer_pad || sha256(inner_pad || here)), 'hex') = substring(signed FROM '[^|]*$');
    PERFORM set_config('app.scope', coalesce(body || '|' || minted, ''), true);
END $$;
"""

# `moment` is what the signature covers beside the parts and the connection.
PARTS = """
CREATE OR REPLACE FUNCTION tidegate_scope() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(current_setting('app.scope', true), '|');
    body bytea;
BEGIN
    IF parts IS NULL OR cardinality(parts) <> 4 THEN
        RETURN NULL;
    END IF;
    body := convert_to(parts[1] || '|' || parts[2] || '|' || parts[3] || '|' || pg_backend_pid(){moment}, 'UTF8');
    PERFORM FROM public.tenants_scopekey
        WHERE encode(sha256(outer_pad || sha256(inner_pad || body)), 'hex') = parts[4];
    IF FOUND THEN
        RETURN parts;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_walls")]
    operations = [
        migrations.RunSQL(OPEN, "DROP FUNCTION tidegate_open"),
        migrations.RunSQL(
            PARTS.replace("{moment}", " || '|' || extract(epoch FROM transaction_timestamp())"),
            PARTS.replace("{moment}", ""),
        ),
    ]
