"""Legal holds, what they keep from being deleted, and the end of decisions that are past their tenant's retention."""

import uuid

from django.db import migrations, models

from tenants.walls import Walls

HOLDS = """
-- The application makes holds and says when they end; it neither shortens one to less than four months nor deletes any.
REVOKE UPDATE, DELETE ON audit_legalhold FROM tidegate_app;
GRANT UPDATE (ends_at) ON audit_legalhold TO tidegate_app;
CREATE POLICY keeper ON audit_legalhold FOR SELECT TO CURRENT_USER USING (true);

-- Deleting and holding wait for each other: what was not held when it was looked at is not held when it goes.
CREATE FUNCTION audit_holding(org uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('audit.hold|' || org, 0) $$;

CREATE FUNCTION audit_hold_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(public.audit_holding(NEW.org_id));
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON audit_legalhold FOR EACH ROW EXECUTE FUNCTION audit_hold_begins();

CREATE FUNCTION audit_hold_lasts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.ends_at IS DISTINCT FROM OLD.ends_at AND NEW.ends_at < now() + interval '119 days' THEN
        RAISE EXCEPTION 'A legal hold lasts for 120 days after its case.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lasts BEFORE UPDATE ON audit_legalhold FOR EACH ROW EXECUTE FUNCTION audit_hold_lasts();

-- From when on a tenant's rows are held; NULL where none are.
CREATE FUNCTION audit_held_since(org uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT min(since) FROM public.audit_legalhold WHERE org_id = org AND coalesce(ends_at > now(), true)
$$;

-- Trigger: a row of a held time is neither deleted nor changed, by the owner neither. The argument names its time.
CREATE FUNCTION audit_refuse_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(public.audit_holding(OLD.org_id));
    IF (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz >= public.audit_held_since(OLD.org_id) THEN
        RAISE EXCEPTION 'This row of % is under a legal hold.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Trigger: nothing is emptied as a whole while anything of anybody is held.
CREATE FUNCTION audit_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.audit_legalhold WHERE coalesce(ends_at > now(), true)) THEN
        RAISE EXCEPTION '% has rows under a legal hold.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION audit_hold_begins, audit_hold_lasts, audit_refuse_held, audit_refuse_truncate FROM PUBLIC;

CREATE TRIGGER held BEFORE DELETE OR UPDATE ON audit_decision
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('created_at');
CREATE TRIGGER held BEFORE DELETE OR UPDATE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_held('created_at');
CREATE TRIGGER held_whole BEFORE TRUNCATE ON audit_decision EXECUTE FUNCTION audit_refuse_truncate();
CREATE TRIGGER held_whole BEFORE TRUNCATE ON audit_auditevent EXECUTE FUNCTION audit_refuse_truncate();
"""
PARTITIONS = """
-- A partition does not inherit what guards its parent against being emptied.
CREATE OR REPLACE FUNCTION audit_prepare_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    FOR step IN 0..least(ahead, 24) LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
        name := 'audit_decision_' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_decision FOR VALUES FROM (%L) TO (%L)',
            name, month, month + make_interval(months => 1));
        EXECUTE format('REVOKE ALL ON public.%I FROM tidegate_app, tidegate_operator, tidegate_recorder', name);
        EXECUTE format('CREATE TRIGGER held_whole BEFORE TRUNCATE ON public.%I EXECUTE FUNCTION '
            'public.audit_refuse_truncate()', name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit_decision'::regclass LOOP
        EXECUTE format('CREATE TRIGGER held_whole BEFORE TRUNCATE ON %s EXECUTE FUNCTION audit_refuse_truncate()', part);
    END LOOP;
END $$;
"""
EXPIRE = """
-- Before when the open tenant's rows are past their time: its plan's retention, and never within a hold. NULL, which
-- deletes nothing, where its plan has none. The caller has no say in either.
CREATE FUNCTION audit_expired_before() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    org uuid := public.tidegate_org();
BEGIN
    PERFORM pg_advisory_xact_lock(public.audit_holding(org));
    RETURN (SELECT least(now() - make_interval(days => retention_days), public.audit_held_since(org))
        FROM public.tenants_organization WHERE id = org AND retention_days > 0);
END $$;

-- Delete the open tenant's decisions that are past their time, `most` at once; returns how many were.
CREATE FUNCTION audit_expire(most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    org uuid := public.tidegate_org();
    until timestamptz := public.audit_expired_before();
    gone bigint;
BEGIN
    DELETE FROM public.audit_decision d USING (
        SELECT created_at, id FROM public.audit_decision
        WHERE org_id = org AND created_at < until ORDER BY created_at LIMIT most
    ) old WHERE d.org_id = org AND d.created_at = old.created_at AND d.id = old.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- Drop the months that ended over a month ago, are empty, and lie in nobody's hold. Gives way to whoever reads.
CREATE FUNCTION audit_drop_empty_months() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part record;
    filled boolean;
    dropped integer := 0;
BEGIN
    PERFORM set_config('lock_timeout', '2s', true);
    FOR part IN
        SELECT c.relname AS name, to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' AS ends
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_decision'::regclass AND c.relname ~ '^audit_decision_[0-9]{6}$'
    LOOP
        CONTINUE WHEN part.ends > now() - interval '1 month';
        CONTINUE WHEN EXISTS (SELECT FROM public.audit_legalhold
            WHERE since < part.ends AND coalesce(ends_at > now(), true));
        EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', part.name);
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', part.name) INTO filled;
        CONTINUE WHEN filled;
        EXECUTE format('DROP TABLE public.%I', part.name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
REVOKE EXECUTE ON FUNCTION audit_held_since, audit_expired_before, audit_expire, audit_drop_empty_months FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_expired_before, audit_expire, audit_drop_empty_months TO tidegate_app;
"""
UNDO = """
DROP TRIGGER held_whole ON audit_decision; DROP TRIGGER held_whole ON audit_auditevent;
DROP TRIGGER held ON audit_decision; DROP TRIGGER held ON audit_auditevent;
DROP FUNCTION audit_drop_empty_months; DROP FUNCTION audit_expire; DROP FUNCTION audit_expired_before;
DROP FUNCTION audit_refuse_held; DROP FUNCTION audit_held_since;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_idempotency")]
    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("org_id", models.UUIDField(editable=False)),
                ("case", models.CharField(max_length=300)),
                ("since", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["created_at"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=["org_id", "case"], name="audit_legalhold_once"),
                ],
            },
        ),
        Walls("LegalHold"),
        migrations.RunSQL(HOLDS, UNDO),
        migrations.RunSQL(PARTITIONS, migrations.RunSQL.noop),
        migrations.RunSQL(EXPIRE, migrations.RunSQL.noop),
    ]
