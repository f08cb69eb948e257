"""What a dispute contains: use stops with the standing of its tenant, and the usage that it is about is held."""

from django.db import migrations

STOP = """
CREATE TRIGGER stop AFTER INSERT OR UPDATE OF status, billing_status ON tenants_organization
    FOR EACH ROW EXECUTE FUNCTION audit_stop();
"""
HELD = """
CREATE TRIGGER held BEFORE DELETE OR UPDATE ON ledger_usageevent FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('at');
CREATE TRIGGER held BEFORE DELETE OR UPDATE ON disputes_disputestep
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('at');
CREATE TRIGGER held BEFORE DELETE ON ledger_reservation
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('created_at');
CREATE TRIGGER held BEFORE DELETE ON payments_invoicestate
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('created_at');
CREATE TRIGGER held BEFORE DELETE ON payments_chargestate
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('created_at');
"""
EXPIRE = """
-- Delete the open tenant's usage that is past its time, with the reservations that it settled; returns how many events
-- were. What an open budget still counts stays, and so does what an invoice may not have billed yet: two months.
CREATE FUNCTION ledger_expire(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    org uuid := public.tidegate_org();
    until timestamptz := public.audit_expired_before();
    gone bigint;
BEGIN
    IF until IS NULL THEN
        RETURN 0;
    END IF;
    until := least(until, now() - interval '62 days');
    WITH old AS (
        SELECT u.id FROM public.ledger_usageevent u
        WHERE u.org_id = org AND u.at < until AND NOT EXISTS (SELECT FROM public.ledger_budget b
            WHERE b.org_id = org AND b.id = ANY (u.budgets) AND b.window_start <= u.at)
        ORDER BY u.at LIMIT most
    ), used AS (
        DELETE FROM public.ledger_usageevent u USING old WHERE u.org_id = org AND u.id = old.id
        RETURNING u.reservation_id
    ), settled AS (
        DELETE FROM public.ledger_reservation r USING used WHERE r.org_id = org AND r.id = used.reservation_id
    )
    SELECT count(*) INTO gone FROM used;
    DELETE FROM public.ledger_reservation
        WHERE org_id = org AND state = 'released' AND created_at < until AND finished_at < until;
    RETURN gone;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_expire FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_expire TO tidegate_app;
"""
UNDO = """
DROP FUNCTION ledger_expire; DROP TRIGGER stop ON tenants_organization;
DROP TRIGGER held ON ledger_usageevent; DROP TRIGGER held ON ledger_reservation; DROP TRIGGER held ON disputes_disputestep;
DROP TRIGGER held ON payments_invoicestate; DROP TRIGGER held ON payments_chargestate;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0002_walls"),
        ("audit", "0006_admission"),
        ("tenants", "0005_billing_status"),
        ("ledger", "0003_functions"),
        ("payments", "0001_initial"),
    ]
    operations = [migrations.RunSQL(STOP + HELD + EXPIRE, UNDO)]
