"""Who only buys nothing more is let in."""

from django.db import migrations

STOP = """
CREATE OR REPLACE FUNCTION audit_stop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.status = 'active' AND NEW.billing_status IN ('active', 'paused') THEN
        DELETE FROM public.audit_stopped WHERE org_id = NEW.id;
    ELSE
        PERFORM pg_advisory_xact_lock(public.audit_admission(NEW.id));
        INSERT INTO public.audit_stopped VALUES (NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disputes", "0003_containment"), ("tenants", "0006_paused")]
    operations = [migrations.RunSQL(STOP, migrations.RunSQL.noop)]
