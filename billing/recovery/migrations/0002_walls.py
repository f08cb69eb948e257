"""The walls around failed payments, and the list of organisations whose cases are due."""

from django.db import migrations

from tenants.walls import Walls

DUE = """
-- Tenants with a case that is due: ids only, so that the sweep needs no right to read across tenants.
CREATE POLICY sweep ON recovery_recoverycase FOR SELECT TO tidegate_owner USING (wake_at <= now());
CREATE FUNCTION recovery_due(most bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT org_id FROM public.recovery_recoverycase WHERE wake_at <= now() LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION recovery_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recovery_due TO tidegate_app;
"""
UNDO = "DROP FUNCTION recovery_due; DROP POLICY sweep ON recovery_recoverycase"


class Migration(migrations.Migration):
    dependencies = [("recovery", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("RecoveryCase"),
        Walls("RecoveryAttempt"),
        migrations.RunSQL(DUE, UNDO),
    ]
