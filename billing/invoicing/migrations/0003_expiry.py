"""Usage that an invoice may still bill does not end with the retention; billed usage does, off its line."""

from django.db import migrations, models

EXPIRE = """
-- Delete the open tenant's usage that is past its time, with the reservations that it settled and its places on lines,
-- which keep their sums; returns how many events were. What an open budget still counts stays, and two months of all.
-- Usage on no line stays as long as an invoice may bill it: since the last period that a subscription was billed for
-- began (what came late, or found no room, goes on the next one), or since the subscription did.
CREATE OR REPLACE FUNCTION ledger_expire(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    org uuid := public.tidegate_org();
    until timestamptz := public.audit_expired_before();
    waits timestamptz;
    gone bigint;
BEGIN
    IF until IS NULL THEN
        RETURN 0;
    END IF;
    until := least(until, now() - interval '62 days');
    SELECT min(coalesce(p.starts_at, s.created_at)) INTO waits
        FROM public.subscriptions_subscriptionstate s
        LEFT JOIN LATERAL (SELECT b.starts_at, b.is_last FROM public.invoicing_billedperiod b
            WHERE b.org_id = org AND b.subscription_id = s.stripe_id ORDER BY b.number DESC LIMIT 1) p ON true
        WHERE s.org_id = org AND s.status <> 'incomplete_expired' AND p.is_last IS NOT TRUE
            AND (s.ended_at IS NULL OR s.ended_at > now() - interval '62 days');
    WITH old AS (
        SELECT u.id FROM public.ledger_usageevent u
        WHERE u.org_id = org AND u.at < until AND NOT EXISTS (SELECT FROM public.ledger_budget b
            WHERE b.org_id = org AND b.id = ANY (u.budgets) AND b.window_start <= u.at)
        AND (waits IS NULL OR u.at < waits
            OR EXISTS (SELECT FROM public.invoicing_billedusage b WHERE b.org_id = org AND b.event_id = u.id))
        ORDER BY u.at LIMIT most
    ), placed AS (
        DELETE FROM public.invoicing_billedusage b USING old WHERE b.org_id = org AND b.event_id = old.id
        RETURNING b.event_id, b.line_id
    ), used AS (
        DELETE FROM public.ledger_usageevent u USING old WHERE u.org_id = org AND u.id = old.id
        RETURNING u.id, u.reservation_id, u.nanos
    ), settled AS (
        DELETE FROM public.ledger_reservation r USING used WHERE r.org_id = org AND r.id = used.reservation_id
    ), noted AS (
        UPDATE public.invoicing_usageline l
        SET expired_calls = expired_calls + sums.calls, expired_nanos = expired_nanos + sums.nanos
        FROM (SELECT placed.line_id, count(*) AS calls, sum(used.nanos) AS nanos
            FROM placed JOIN used ON used.id = placed.event_id GROUP BY placed.line_id) sums
        WHERE l.org_id = org AND l.id = sums.line_id
    )
    SELECT count(*) INTO gone FROM used;
    DELETE FROM public.ledger_reservation
        WHERE org_id = org AND state = 'released' AND created_at < until AND finished_at < until;
    RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0002_walls"),
        ("disputes", "0003_containment"),
        ("subscriptions", "0001_initial"),
    ]
    operations = [
        migrations.AddField("usageline", "expired_calls", models.BigIntegerField(default=0)),
        migrations.AddField("usageline", "expired_nanos", models.BigIntegerField(default=0)),
        migrations.RunSQL(EXPIRE, migrations.RunSQL.noop),
    ]
