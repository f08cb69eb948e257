"""The walls around subscriptions, visits and trials, and the organisations whose trials wait for too long."""

from django.db import migrations

from tenants.walls import Walls

DUE = """
-- Tenants whose trials wait for their bank for too long: ids only, so that the sweep needs no right to read across tenants.
CREATE POLICY sweep ON subscriptions_trial FOR SELECT TO tidegate_owner
    USING (state = 'verifying' AND since <= now() - interval '24 hours');
CREATE FUNCTION subscriptions_due(most bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT org_id FROM public.subscriptions_trial
    WHERE state = 'verifying' AND since <= now() - interval '24 hours' LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION subscriptions_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION subscriptions_due TO tidegate_app;
"""
UNDO = "DROP FUNCTION subscriptions_due; DROP POLICY sweep ON subscriptions_trial"


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("SubscriptionState"),
        Walls("CheckoutVisit", append_only=True),
        Walls("Trial"),
        migrations.RunSQL(DUE, UNDO),
    ]
