"""What a stopped tenant has owed of work waits until it is let in again; notices go on."""

from django.db import migrations

WAITING = """
ALTER TABLE audit_outbox_due ADD COLUMN topic varchar(60) NOT NULL DEFAULT '';
CREATE OR REPLACE FUNCTION audit_outbox_track() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.audit_outbox_due WHERE id = OLD.id;
    ELSIF NEW.delivered_at IS NOT NULL THEN
        DELETE FROM public.audit_outbox_due WHERE id = NEW.id;
    ELSE
        INSERT INTO public.audit_outbox_due VALUES (NEW.id, NEW.org_id, NEW.due_at, NEW.topic)
            ON CONFLICT (id) DO UPDATE SET due_at = EXCLUDED.due_at;
    END IF;
    RETURN NULL;
END $$;

-- What is due, ids only; of a stopped tenant nothing of the topics that wait.
CREATE FUNCTION audit_due(waiting text[], most bigint) RETURNS TABLE (id uuid, org_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.id, d.org_id FROM public.audit_outbox_due d
    WHERE d.due_at <= clock_timestamp()
        AND NOT (d.topic = ANY (waiting) AND EXISTS (SELECT FROM public.audit_stopped s WHERE s.org_id = d.org_id))
    ORDER BY d.due_at LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION audit_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_due TO tidegate_app;
"""
UNDO = "DROP FUNCTION audit_due"


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_admission")]
    operations = [migrations.RunSQL(WAITING, UNDO)]
