"""Holding in four statements and settling in groups: each call of each organisation pays for it, so arrays, not JSON.

`ledger_hold` opens the scope itself, so that it is one round trip and one transaction. Locks are taken in the order of
ids, and the locked rows are the newest ones: what a row says once it is locked is what the check and the update see.
"""

from django.db import migrations

from tenants.walls import Touches, Walls

LOCK = """
CREATE OR REPLACE FUNCTION ledger_lock(org uuid, ids uuid[]) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    PERFORM FROM ledger_budget WHERE org_id = org AND id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    moment := clock_timestamp();
    UPDATE ledger_budget b
        SET window_start = ledger_window(b, moment), used = 0, carried = 0, alerted = 0,
            excess = greatest(0, b.reserved - ledger_bound(b, moment))
        WHERE b.org_id = org AND b.id = ANY (ids) AND b.window_start < ledger_window(b, moment);
    RETURN moment;
END $$;

CREATE OR REPLACE FUNCTION ledger_standing(b ledger_budget, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', b.id, 'source', b.source, 'scope', b.scope_kind, 'scope_id', b.scope_id,
        'unit', b.unit, 'period', b.period, 'bound', ledger_bound(b, at), 'used', b.used, 'reserved', b.reserved,
        'resets', ceil(extract(epoch FROM ledger_resets(b) - at)))
$$;
"""
HOLD = """
-- One item of a call at its price. The guard's own price is the list's, and it writes nothing.
CREATE FUNCTION ledger_item(org uuid, principal text, name text, read bigint, most bigint, is_own boolean)
RETURNS ledger_reservation
LANGUAGE plpgsql AS $$
DECLARE
    one ledger_reservation;
BEGIN
    IF is_own THEN
        SELECT p.version, p.input_nanos_per_token, p.output_nanos_per_token, p.call_nanos
            INTO one.price_version, one.input_nanos_per_token, one.output_nanos_per_token, one.call_nanos
            FROM ledger_listprice p WHERE p.model = name AND p.valid_from <= now() ORDER BY p.valid_from DESC LIMIT 1;
        one.tokens_out := 0;
    ELSE
        SELECT p.version, p.input_nanos, p.output_nanos, p.call_nanos
            INTO one.price_version, one.input_nanos_per_token, one.output_nanos_per_token, one.call_nanos
            FROM ledger_price_of(org, name) p;
        one.tokens_out := ledger_expected(org, principal, name, most);
    END IF;
    one.model := name;
    one.own := is_own;
    one.tokens_in := read;
    one.most_out := most;
    one.nanos := one.call_nanos + read * one.input_nanos_per_token + one.tokens_out * one.output_nanos_per_token;
    RETURN one;
END $$;

-- Hold what the items of a call are expected to cost against all their budgets, or say which one has no room for it.
-- `item_of` and `budget_of` are pairs: that budget bounds that item. `tightest` is the budget of which least is left.
CREATE FUNCTION ledger_hold(signed text, org uuid, decision text, kind text, principal text, person uuid, as_role text,
    models text[], reads bigint[], mosts bigint[], owns boolean[], seconds float8[], item_of int[], budget_of uuid[],
    OUT refused jsonb, OUT ids uuid[], OUT nanos bigint[], OUT written bigint[], OUT ends timestamptz[],
    OUT tightest jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    held ledger_reservation[] := '{}';
    one ledger_reservation;
    locked ledger_budget[];
    b ledger_budget;
    tight ledger_budget;
    tight_share float8 := -1;
    bounded uuid[];
    demands bigint[];
    demand bigint;
    bound bigint;
    is_over boolean := false;
    begins boolean := false;
    moment timestamptz;
BEGIN
    PERFORM tidegate_open(signed), set_config('synchronous_commit', 'off', true);
    FOR i IN 1 .. cardinality(models) LOOP
        one := ledger_item(org, principal, models[i], reads[i], mosts[i], owns[i]);
        IF one.price_version IS NULL THEN
            refused := jsonb_build_object('refused', 'price', 'model', models[i]);
            RETURN;
        END IF;
        one.id := gen_random_uuid();
        one.org_id := org;
        one.decision_id := decision;
        one.principal_kind := kind;
        one.principal_id := principal;
        one.person_id := person;
        one.role := as_role;
        one.state := 'held';
        one.created_at := clock_timestamp();
        one.expires_at := one.created_at + make_interval(secs => seconds[i]);
        one.budgets := '{}';
        FOR k IN 1 .. cardinality(budget_of) LOOP
            IF item_of[k] = i THEN
                one.budgets := one.budgets || budget_of[k];
            END IF;
        END LOOP;
        held := held || one;
        ids := ids || one.id;
        nanos := nanos || one.nanos;
        written := written || one.tokens_out;
        ends := ends || one.expires_at;
    END LOOP;
    IF cardinality(budget_of) > 0 THEN
        SELECT array_agg(newest.x) INTO locked FROM (
            SELECT x FROM ledger_budget x WHERE x.org_id = org AND x.id = ANY (budget_of) ORDER BY x.id FOR NO KEY UPDATE
        ) newest;
    END IF;
    moment := clock_timestamp();
    FOREACH b IN ARRAY coalesce(locked, '{}') LOOP
        IF b.window_start < ledger_window(b, moment) THEN
            begins := true;
            b.window_start := ledger_window(b, moment);
            b.used := 0;
        END IF;
        demand := 0;
        FOREACH one IN ARRAY held LOOP
            IF b.id = ANY (one.budgets) THEN
                demand := demand + CASE b.unit WHEN 'nanos' THEN one.nanos
                    WHEN 'tokens' THEN one.tokens_in + one.tokens_out ELSE 1 END;
            END IF;
        END LOOP;
        bounded := bounded || b.id;
        demands := demands || demand;
        bound := ledger_bound(b, moment);
        b.reserved := b.reserved + demand;
        is_over := is_over OR (b.closed_at IS NULL AND b.used + b.reserved > bound);
        IF (b.used + b.reserved)::float8 / greatest(1, bound) > tight_share THEN
            tight := b;
            tight_share := (b.used + b.reserved)::float8 / greatest(1, bound);
        END IF;
    END LOOP;
    IF begins THEN
        PERFORM ledger_lock(org, bounded);
    END IF;
    IF is_over THEN
        refused := ledger_without_room(org, held, moment);
        RETURN;
    END IF;
    IF bounded IS NOT NULL THEN
        UPDATE ledger_budget x SET reserved = x.reserved + d.demand
            FROM unnest(bounded, demands) AS d(id, demand) WHERE x.org_id = org AND x.id = d.id;
        tightest := ledger_standing(tight, moment);
    END IF;
    INSERT INTO ledger_reservation SELECT * FROM unnest(held);
END $$;
"""
SETTLE = """
-- Charge holds that cost what was foreseen, together: those of a worker's calls whose decisions are on disk. Returns the
-- shares of budgets that nobody has heard of yet.
CREATE FUNCTION ledger_settle(signed text, org uuid, reservations uuid[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    held ledger_reservation[];
    bounded uuid[];
    moment timestamptz;
BEGIN
    PERFORM tidegate_open(signed), set_config('synchronous_commit', 'off', true);
    SELECT array_agg(newest.r) INTO held FROM (
        SELECT r FROM ledger_reservation r
        WHERE r.org_id = org AND r.id = ANY (reservations) AND r.state = 'held' ORDER BY r.id FOR UPDATE
    ) newest;
    IF held IS NULL THEN
        RETURN NULL;
    END IF;
    bounded := ARRAY(SELECT DISTINCT unnest(h.budgets) FROM unnest(held) h);
    moment := ledger_lock(org, bounded);
    UPDATE ledger_budget b
        SET reserved = b.reserved - d.demand, used = b.used + d.demand,
            excess = greatest(0, b.used + b.reserved - ledger_bound(b, moment))
        FROM ledger_demand(org, held) d WHERE b.org_id = org AND b.id = d.id;
    UPDATE ledger_reservation r SET state = 'settled', finished_at = moment
        WHERE r.org_id = org AND r.id = ANY (ARRAY(SELECT h.id FROM unnest(held) h));
    INSERT INTO ledger_usageevent (id, org_id, reservation_id, decision_id, origin, at, model, price_version,
        principal_kind, principal_id, person_id, role, tokens_in, tokens_out, nanos, budgets)
    SELECT gen_random_uuid(), org, h.id, h.decision_id, 'settled', moment, h.model, h.price_version, h.principal_kind,
        h.principal_id, h.person_id, h.role, h.tokens_in, h.tokens_out, h.nanos, h.budgets FROM unnest(held) h;
    RETURN (SELECT jsonb_agg(ledger_untold(b, b.used, moment)) FROM ledger_budget b
        WHERE b.org_id = org AND b.id = ANY (bounded) AND ledger_untold(b, b.used, moment) IS NOT NULL);
END $$;
"""
UNDO = "DROP FUNCTION ledger_settle; DROP FUNCTION ledger_hold; DROP FUNCTION ledger_item"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_plan_quotas"), ("tenants", "0004_scope_of_one_transaction")]
    operations = [
        Walls("ModelAllowance"),
        Touches("ModelAllowance", "org_id", ["models"]),
        migrations.RunSQL("ALTER TABLE ledger_budget SET (fillfactor = 50)", migrations.RunSQL.noop),
        migrations.RunSQL(LOCK, migrations.RunSQL.noop),
        migrations.RunSQL(HOLD + SETTLE, UNDO),
        migrations.RunSQL("DROP FUNCTION ledger_reserve", migrations.RunSQL.noop),
    ]
