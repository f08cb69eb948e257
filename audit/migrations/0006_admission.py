"""Nothing is admitted once a tenant is stopped, however long it was on its way (ADR 22)."""

from django.db import migrations

ADMISSION = """
-- The tenants whose use is stopped, kept by a trigger on their standing.
CREATE TABLE audit_stopped (org_id uuid PRIMARY KEY);
REVOKE ALL ON audit_stopped FROM tidegate_app, tidegate_operator, tidegate_recorder;

CREATE FUNCTION audit_admission(org uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('audit.admission|' || org, 0) $$;

-- Trigger: who records that somebody was let in shares a lock that stopping takes alone. So each admission is committed
-- before the stop begins, or sees it, since a look after waiting is a new look.
CREATE FUNCTION audit_admit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(public.audit_admission(NEW.org_id));
    IF EXISTS (SELECT FROM public.audit_stopped WHERE org_id = NEW.org_id) THEN
        RAISE EXCEPTION 'The organisation was stopped.' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_admission';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER admit BEFORE INSERT ON audit_decision FOR EACH ROW
    WHEN (NEW.action <> 'deny' AND (NEW.principal_kind IN ('api_key', 'service') OR NEW.permission = 'guard:check'
        OR NEW.resource LIKE '/v1/%'))
    EXECUTE FUNCTION audit_admit();

-- Trigger on what says how tenants stand: stop, or let in again.
CREATE FUNCTION audit_stop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.status = 'active' AND NEW.billing_status = 'active' THEN
        DELETE FROM public.audit_stopped WHERE org_id = NEW.id;
    ELSE
        PERFORM pg_advisory_xact_lock(public.audit_admission(NEW.id));
        INSERT INTO public.audit_stopped VALUES (NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION audit_admit, audit_stop FROM PUBLIC;
"""
UNDO = """
DROP TRIGGER admit ON audit_decision; DROP FUNCTION audit_stop, audit_admit, audit_admission; DROP TABLE audit_stopped;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_holds")]
    operations = [migrations.RunSQL(ADMISSION, UNDO)]
