"""Reserve, settle, release, top up and sweep: each one statement, which locks the budgets of a call in the order of their ids.

They run as the caller, so row-level security holds. A reservation is always locked before budgets, so that no two of
them can wait for each other. Windows and admissions go by the clock once the locks are held, never by a time before.
"""

from django.db import migrations

AMOUNTS = """
CREATE FUNCTION ledger_amount(unit text, nanos bigint, tokens bigint, requests bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE unit WHEN 'nanos' THEN nanos WHEN 'tokens' THEN tokens ELSE requests END
$$;

-- What a budget admits: its cap, the grace of a soft one, and a raise while it lasts.
CREATE FUNCTION ledger_bound(b ledger_budget, at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT b.cap + b.cap * b.grace / 100 + CASE WHEN b.raised_until > at THEN b.raised ELSE 0 END
$$;

-- When the period of a budget began that `at` lies in (UTC); a total one has a single period.
CREATE FUNCTION ledger_window(b ledger_budget, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE b.period WHEN 'total' THEN b.window_start
        ELSE date_trunc(b.period, at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' END
$$;

CREATE FUNCTION ledger_resets(b ledger_budget) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE b.period WHEN 'total' THEN NULL
        ELSE (b.window_start AT TIME ZONE 'UTC' + ('1 ' || b.period)::interval) AT TIME ZONE 'UTC' END
$$;

-- The highest of 50, 80 and 100 per cent that is reached and was not told yet in this period; else NULL.
CREATE FUNCTION ledger_untold(b ledger_budget, amount bigint, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('budget_id', b.id, 'share', max(share), 'window_start', b.window_start)
    FROM unnest(ARRAY[50, 80, 100]) AS share
    WHERE share > b.alerted
        AND amount >= (b.cap + CASE WHEN b.raised_until > at THEN b.raised ELSE 0 END) / 100.0 * share
    HAVING count(*) > 0
$$;

CREATE FUNCTION ledger_standing(b ledger_budget, at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', b.id, 'scope', b.scope_kind, 'scope_id', b.scope_id, 'unit', b.unit,
        'period', b.period, 'bound', ledger_bound(b, at), 'used', b.used, 'reserved', b.reserved,
        'resets', ceil(extract(epoch FROM ledger_resets(b) - at)))
$$;

-- The tenant's own price goes before the list's; the newest that is valid counts. The guard's is always the list's.
CREATE FUNCTION ledger_price_of(org uuid, name text)
RETURNS TABLE (version text, input_nanos bigint, output_nanos bigint, call_nanos bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.version, p.input_nanos_per_token, p.output_nanos_per_token, p.call_nanos FROM (
        SELECT 1 AS rank, version, input_nanos_per_token, output_nanos_per_token, call_nanos, valid_from
        FROM ledger_modelprice WHERE org_id = org AND model = name AND valid_from <= now()
        UNION ALL
        SELECT 2, version, input_nanos_per_token, output_nanos_per_token, call_nanos, valid_from
        FROM ledger_listprice WHERE model = name AND valid_from <= now()
    ) p ORDER BY p.rank, p.valid_from DESC LIMIT 1
$$;

-- Tokens that a model will write for this caller: the 99th percentile of its last 200 settled calls, once there are
-- 20, and never more than the caller allows it.
CREATE FUNCTION ledger_expected(org uuid, principal text, name text, most bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT least(most, CASE WHEN count(*) >= 20 THEN percentile_disc(0.99) WITHIN GROUP (ORDER BY tokens_out) END)
    FROM (
        SELECT tokens_out FROM ledger_usageevent
        WHERE org_id = org AND principal_id = principal AND model = name AND origin = 'settled'
        ORDER BY at DESC LIMIT 200
    ) recent
$$;
"""
LOCK = """
-- Lock budgets in the order of their ids, open the present period where a former one ended, and return the time.
CREATE FUNCTION ledger_lock(org uuid, ids uuid[]) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    PERFORM FROM ledger_budget WHERE org_id = org AND id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    moment := clock_timestamp();
    UPDATE ledger_budget b
        SET window_start = ledger_window(b, moment), used = 0, alerted = 0,
            excess = greatest(0, b.reserved - ledger_bound(b, moment))
        WHERE b.org_id = org AND b.id = ANY (ids) AND ledger_window(b, moment) > b.window_start;
    RETURN moment;
END $$;
"""
RESERVE = """
-- Hold what the items of a call are expected to cost against all their budgets, or say which one has no room for it.
-- items: [{model, tokens_in, most_out, seconds, own, budgets: [uuid]}]
CREATE FUNCTION ledger_reserve(org uuid, who jsonb, items jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    item jsonb;
    price record;
    one ledger_reservation;
    held ledger_reservation[] := '{}';
    moment timestamptz;
    refused jsonb;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOR item IN SELECT jsonb_array_elements(items) LOOP
        SELECT * INTO price FROM ledger_price_of(org, item ->> 'model');
        IF NOT FOUND THEN
            RETURN jsonb_build_object('refused', 'price', 'model', item ->> 'model');
        END IF;
        one := NULL;
        one.id := gen_random_uuid();
        one.org_id := org;
        one.decision_id := who ->> 'decision';
        one.principal_kind := who ->> 'kind';
        one.principal_id := who ->> 'id';
        one.person_id := (who ->> 'person')::uuid;
        one.role := who ->> 'role';
        one.model := item ->> 'model';
        one.own := (item ->> 'own')::boolean;
        one.price_version := price.version;
        one.input_nanos_per_token := price.input_nanos;
        one.output_nanos_per_token := price.output_nanos;
        one.call_nanos := price.call_nanos;
        one.tokens_in := (item ->> 'tokens_in')::bigint;
        one.most_out := (item ->> 'most_out')::bigint;
        one.tokens_out := ledger_expected(org, one.principal_id, one.model, one.most_out);
        one.nanos := price.call_nanos + one.tokens_in * price.input_nanos + one.tokens_out * price.output_nanos;
        one.budgets := ARRAY(SELECT value::uuid FROM jsonb_array_elements_text(item -> 'budgets'));
        one.state := 'held';
        one.created_at := clock_timestamp();
        one.expires_at := one.created_at + make_interval(secs => (item ->> 'seconds')::float8);
        held := held || one;
    END LOOP;
    moment := ledger_lock(org, ARRAY(SELECT DISTINCT unnest(h.budgets) FROM unnest(held) h));
    refused := ledger_without_room(org, held, moment);
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE ledger_budget b SET reserved = b.reserved + d.demand
        FROM ledger_demand(org, held) d WHERE b.org_id = org AND b.id = d.id;
    INSERT INTO ledger_reservation SELECT * FROM unnest(held);
    RETURN jsonb_build_object(
        'held', (SELECT jsonb_agg(to_jsonb(h)) FROM unnest(held) h),
        'budgets', (SELECT jsonb_agg(ledger_standing(b, moment)) FROM ledger_budget b
                    WHERE b.org_id = org AND b.id IN (SELECT unnest(h.budgets) FROM unnest(held) h)));
END $$;
"""
ROOM = """
-- What reservations ask of each of their budgets: all of it, and the part that grows with each token written.
CREATE FUNCTION ledger_demand(org uuid, held ledger_reservation[])
RETURNS TABLE (id uuid, demand bigint, fixed bigint, per_token bigint)
LANGUAGE sql STABLE AS $$
    SELECT b.id, sum(ledger_amount(b.unit, h.nanos, h.tokens_in + h.tokens_out, 1))::bigint,
        sum(ledger_amount(b.unit, h.nanos - h.tokens_out * h.output_nanos_per_token, h.tokens_in, 1))::bigint,
        sum(ledger_amount(b.unit, h.output_nanos_per_token, 1, 0) * (NOT h.own)::int)::bigint
    FROM unnest(held) h JOIN ledger_budget b ON b.org_id = org AND b.id = ANY (h.budgets) GROUP BY b.id
$$;

-- The budget that has no room for reservations, or NULL where all have. `spent`: not even if all that is held came back.
-- `fits`: the tokens that a model may write for the call to fit into every budget now; NULL where none would do.
CREATE FUNCTION ledger_without_room(org uuid, held ledger_reservation[], at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    tight record;
    fits bigint;
    most bigint := (SELECT max(h.most_out) FROM unnest(held) h);
BEGIN
    SELECT b AS budget, b.used + d.demand > ledger_bound(b, at) AS spent INTO tight
        FROM ledger_demand(org, held) d JOIN ledger_budget b ON b.org_id = org AND b.id = d.id
        WHERE b.closed_at IS NULL AND b.used + b.reserved + d.demand > ledger_bound(b, at)
        ORDER BY 2 DESC, b.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT min(CASE WHEN room < 0 THEN -1 WHEN per_token = 0 THEN most ELSE least(most, room / per_token) END)
        INTO fits FROM (
            SELECT ledger_bound(b, at) - b.used - b.reserved - d.fixed AS room, d.per_token
            FROM ledger_demand(org, held) d JOIN ledger_budget b ON b.org_id = org AND b.id = d.id
            WHERE b.closed_at IS NULL
        ) rooms;
    RETURN jsonb_build_object('refused', 'budget', 'budget', ledger_standing(tight.budget, at), 'spent', tight.spent,
        'fits', CASE WHEN fits > 0 THEN fits END,
        'untold', CASE WHEN tight.spent THEN ledger_untold(tight.budget, (tight.budget).cap + (tight.budget).raised, at) END,
        'soonest', (SELECT ceil(extract(epoch FROM min(r.expires_at) - at)) FROM ledger_reservation r
                    WHERE r.org_id = org AND r.state = 'held' AND (tight.budget).id = ANY (r.budgets)));
END $$;
"""
FINISH = """
-- End a reservation: settled at the facts, expired at the estimate, or released at nothing. Once; a second call only
-- returns what the first one left. `first` tells them apart.
CREATE FUNCTION ledger_finish(org uuid, reservation uuid, how text, read bigint, written bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    r ledger_reservation;
    cost bigint := 0;
    calls bigint := 0;
    moment timestamptz;
BEGIN
    SELECT * INTO r FROM ledger_reservation WHERE org_id = org AND id = reservation FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF r.state <> 'held' THEN
        RETURN jsonb_build_object('first', false, 'reservation', to_jsonb(r), 'usage', (
            SELECT to_jsonb(u) FROM ledger_usageevent u WHERE u.org_id = org AND u.reservation_id = reservation));
    END IF;
    moment := ledger_lock(org, r.budgets);
    IF how = 'released' THEN
        read := 0;
        written := 0;
    ELSE
        cost := r.call_nanos + read * r.input_nanos_per_token + written * r.output_nanos_per_token;
        calls := 1;
    END IF;
    UPDATE ledger_budget b
        SET reserved = b.reserved - ledger_amount(b.unit, r.nanos, r.tokens_in + r.tokens_out, 1),
            used = b.used + ledger_amount(b.unit, cost, read + written, calls),
            excess = greatest(0, b.used + b.reserved - ledger_bound(b, moment)
                + ledger_amount(b.unit, cost - r.nanos, read + written - r.tokens_in - r.tokens_out, calls - 1))
        WHERE b.org_id = org AND b.id = ANY (r.budgets);
    UPDATE ledger_reservation SET state = how, finished_at = moment WHERE org_id = org AND id = reservation;
    IF how <> 'released' THEN
        INSERT INTO ledger_usageevent (id, org_id, reservation_id, decision_id, origin, at, model, price_version,
            principal_kind, principal_id, person_id, role, tokens_in, tokens_out, nanos, budgets)
        VALUES (gen_random_uuid(), org, r.id, r.decision_id, how, moment, r.model, r.price_version,
            r.principal_kind, r.principal_id, r.person_id, r.role, read, written, cost, r.budgets);
    END IF;
    RETURN jsonb_build_object('first', true, 'reservation', to_jsonb(r) || jsonb_build_object('state', how),
        'usage', CASE WHEN how <> 'released' THEN jsonb_build_object(
            'nanos', cost, 'tokens_in', read, 'tokens_out', written, 'origin', how) END,
        'untold', (SELECT jsonb_agg(ledger_untold(b, b.used, moment)) FROM ledger_budget b
                   WHERE b.org_id = org AND b.id = ANY (r.budgets) AND ledger_untold(b, b.used, moment) IS NOT NULL),
        'excess', (SELECT jsonb_object_agg(b.id, b.excess) FROM ledger_budget b
                   WHERE b.org_id = org AND b.id = ANY (r.budgets) AND b.excess > 0));
END $$;
"""
TOP_UP = """
-- Hold more for a call that writes more than was expected, and give it more time.
CREATE FUNCTION ledger_top_up(org uuid, reservation uuid, more bigint, seconds float8) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    r ledger_reservation;
    added ledger_reservation;
    moment timestamptz;
    refused jsonb;
BEGIN
    SELECT * INTO r FROM ledger_reservation WHERE org_id = org AND id = reservation FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF r.state <> 'held' THEN
        RETURN jsonb_build_object('first', false, 'reservation', to_jsonb(r));
    END IF;
    moment := ledger_lock(org, r.budgets);
    added := r;
    added.tokens_in := 0;
    added.tokens_out := more;
    added.most_out := more;
    added.nanos := more * r.output_nanos_per_token;
    refused := ledger_without_room(org, ARRAY[added], moment);
    IF refused IS NOT NULL THEN
        RETURN refused;
    END IF;
    UPDATE ledger_budget b SET reserved = b.reserved + ledger_amount(b.unit, added.nanos, more, 0)
        WHERE b.org_id = org AND b.id = ANY (r.budgets);
    UPDATE ledger_reservation
        SET tokens_out = tokens_out + more, most_out = greatest(most_out, tokens_out + more), nanos = nanos + added.nanos,
            expires_at = greatest(expires_at, moment + make_interval(secs => seconds))
        WHERE org_id = org AND id = reservation RETURNING * INTO r;
    RETURN jsonb_build_object('first', true, 'reservation', to_jsonb(r));
END $$;
"""
SWEEP = """
-- End what is past its time: at the estimate where its caller was answered, at nothing where nobody was, since a decision
-- is on disk before it is told. A block is never sent on to a model.
CREATE FUNCTION ledger_sweep(org uuid, most bigint) RETURNS SETOF jsonb
LANGUAGE plpgsql AS $$
DECLARE
    r ledger_reservation;
    how text;
BEGIN
    FOR r IN SELECT * FROM ledger_reservation
        WHERE org_id = org AND state = 'held' AND expires_at <= clock_timestamp()
        ORDER BY expires_at, id LIMIT most FOR UPDATE SKIP LOCKED
    LOOP
        SELECT CASE WHEN r.own OR d.mode <> 'enforce' OR d.action <> 'block' THEN 'expired' END INTO how
            FROM audit_decision d WHERE d.org_id = org AND d.id = r.decision_id;
        RETURN NEXT ledger_finish(org, r.id, coalesce(how, 'released'), r.tokens_in, r.tokens_out);
    END LOOP;
END $$;
"""
UNDO = """
DROP FUNCTION ledger_sweep; DROP FUNCTION ledger_top_up; DROP FUNCTION ledger_finish; DROP FUNCTION ledger_reserve;
DROP FUNCTION ledger_without_room; DROP FUNCTION ledger_demand; DROP FUNCTION ledger_lock; DROP FUNCTION ledger_expected;
DROP FUNCTION ledger_price_of; DROP FUNCTION ledger_standing; DROP FUNCTION ledger_untold; DROP FUNCTION ledger_resets;
DROP FUNCTION ledger_window; DROP FUNCTION ledger_bound; DROP FUNCTION ledger_amount;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_walls"), ("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(AMOUNTS + LOCK + ROOM + RESERVE + FINISH + TOP_UP + SWEEP, UNDO),
    ]
