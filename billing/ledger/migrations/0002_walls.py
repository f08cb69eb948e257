"""The walls around budgets, reservations, usage and tenants' prices; list prices that everybody reads and nobody writes."""

from django.db import migrations

from tenants.walls import Touches, Walls

READ_ONLY = "REVOKE INSERT, UPDATE, DELETE ON ledger_listprice FROM tidegate_app"
DUE = """
-- Tenants that have reservations past their time: ids only, so that the sweep needs no right to read across tenants.
CREATE POLICY sweep ON ledger_reservation FOR SELECT TO tidegate_owner
    USING (state = 'held' AND expires_at <= now());
CREATE FUNCTION ledger_due(most bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT org_id FROM public.ledger_reservation WHERE state = 'held' AND expires_at <= now() LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION ledger_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_due TO tidegate_app;
"""
UNDO = "DROP FUNCTION ledger_due; DROP POLICY sweep ON ledger_reservation"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("ModelPrice", append_only=True),
        Walls("Budget"),
        Walls("TemporaryRaise", append_only=True),
        Walls("Reservation"),
        Walls("UsageEvent", append_only=True),
        Touches("Budget", "org_id", ["scope_kind", "scope_id", "closed_at"]),
        migrations.RunSQL(READ_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(DUE, UNDO),
    ]
