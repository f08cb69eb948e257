"""The proof of a domain ends when its record is gone for good, and not when a name server is silent."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sso import domains, proofs, tasks, way_in
from accounts.sso.dns_records import Unanswered, texts_at
from accounts.sso.models import Connection, Domain, Identity, ProvedDomain
from audit.events import Event
from audit.models import AuditEvent, OutboxMessage
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.connected import come_in, connect
from tests.accounts.sso.openid_peer import OpenIdPeer
from tests.accounts.sso.peers import Zone
from tests.people import Person, new_client, passkey_of
from tests.server import free_port


@pytest.fixture
def proved(olga: Person, dns_peer: Zone) -> Domain:
    """A domain that Olga's organisation proved in the DNS."""
    with org_scope(olga.organization.id):
        grant = olga.may(Permission.SSO_CHANGE)
        domain = domains.add(grant, "acme.example")
        dns_peer[proofs.record_name(domain)] = proofs.record_value(domain)
        domains.prove(grant, domain.id)
    return domain


def a_day_passes(owner: Person, domain: Domain) -> None:
    """Let every time that a proof keeps be a day further back, then look at the DNS as the worker does."""
    day = timedelta(days=1)
    with org_scope(owner.organization.id):
        for proof in ProvedDomain.objects.filter(domain=domain):
            proof.check_at -= day
            proof.missing_since = proof.missing_since and proof.missing_since - day
            proof.lapses_at = proof.lapses_at and proof.lapses_at - day
            proof.save()
            tasks.recheck_domain(str(owner.organization.id), str(proof.id))


def told(owner: Person) -> int:
    with org_scope(owner.organization.id):
        return OutboxMessage.objects.filter(topic="accounts.notice").count()


def events(owner: Person) -> list[str]:
    with org_scope(owner.organization.id):
        found = AuditEvent.objects.filter(event__startswith="sso:domain:").order_by("created_at", "id")
        return [event.event for event in found]


def lapse(owner: Person, domain: Domain, zone: Zone) -> None:
    zone.clear()
    for _ in range(proofs.LEAST + proofs.GRACE.days):
        a_day_passes(owner, domain)


def test_a_record_that_stays_is_looked_up_daily_and_nobody_is_told(olga: Person, proved: Domain) -> None:
    for _ in range(3):
        a_day_passes(olga, proved)
    with org_scope(olga.organization.id):
        proof = ProvedDomain.objects.get()
    assert proof.check_at > timezone.now() + timedelta(hours=23)
    assert (proof.missing_since, proof.missing_checks, told(olga)) == (None, 0, 0)


def test_the_keepers_are_told_after_three_days_then_before_it_ends_and_when_it_has(
    olga: Person, proved: Domain, dns_peer: Zone
) -> None:
    dns_peer.clear()
    mails = []
    for _ in range(proofs.LEAST + proofs.GRACE.days):
        a_day_passes(olga, proved)
        mails.append(told(olga))
    assert mails == [0, 0] + [1] * 7 + [2] * 6 + [3] + [4]
    assert domains.owner_of("acme.example") is None
    assert events(olga)[-2:] == [Event.DOMAIN_RECORD_MISSING.value, Event.DOMAIN_LAPSED.value]
    with org_scope(olga.organization.id):
        assert domains.lapsed_names() == {"acme.example"}
        assert domains.proved_names() == set()


def test_a_record_that_comes_back_ends_the_warning(olga: Person, proved: Domain, dns_peer: Zone) -> None:
    kept = dict(dns_peer)
    dns_peer.clear()
    for _ in range(proofs.LEAST + 5):
        a_day_passes(olga, proved)
    dns_peer.update(kept)
    a_day_passes(olga, proved)
    assert events(olga)[-1] == Event.DOMAIN_RECORD_FOUND.value
    dns_peer.clear()
    a_day_passes(olga, proved)
    with org_scope(olga.organization.id):
        proof = ProvedDomain.objects.get()
    assert (proof.missing_checks, proof.lapses_at) == (1, None)


def test_two_days_without_it_and_one_with_it_are_not_three_days_without_it(
    olga: Person, proved: Domain, dns_peer: Zone
) -> None:
    kept = dict(dns_peer)
    for there in (False, False, True, False, False):
        dns_peer.clear()
        dns_peer.update(kept if there else {})
        a_day_passes(olga, proved)
    assert told(olga) == 0


def test_another_text_at_the_name_is_no_proof(olga: Person, proved: Domain, dns_peer: Zone) -> None:
    dns_peer[proofs.record_name(proved)] = "tidegate-domain=somebody-elses"
    a_day_passes(olga, proved)
    with org_scope(olga.organization.id):
        assert ProvedDomain.objects.get().missing_checks == 1


def test_a_name_server_that_is_silent_is_no_missing_record(olga: Person, proved: Domain) -> None:
    with override_settings(DNS_SERVERS=[f"127.0.0.1:{free_port()}"]):
        with pytest.raises(Unanswered):
            texts_at(proofs.record_name(proved))
        a_day_passes(olga, proved)
        browser = olga.browser()
        with org_scope(olga.organization.id):
            ProvedDomain.objects.update(missing_since=timezone.now())
        browser.post(reverse("sso_domain_check", args=[proved.id]))
        assert "did not answer" in browser.get("/sso/").content.decode()
    with org_scope(olga.organization.id):
        proof = ProvedDomain.objects.get()
    assert (proof.missing_checks, proof.lapses_at) == (0, None)
    assert timezone.now() < proof.check_at < timezone.now() + timedelta(hours=2)


def test_a_proof_is_counted_once_however_often_the_worker_is_asked(
    olga: Person, proved: Domain, dns_peer: Zone
) -> None:
    dns_peer.clear()
    a_day_passes(olga, proved)
    with org_scope(olga.organization.id):
        proof = ProvedDomain.objects.get()
        for _ in range(3):
            tasks.recheck_domain(str(olga.organization.id), str(proof.id))
        assert ProvedDomain.objects.get().missing_checks == 1


def test_the_sweep_knows_what_is_due_without_reading_a_tenant(
    olga: Person, proved: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, str]] = []
    monkeypatch.setattr(tasks.recheck_domain, "apply_async", lambda args, retry: handed.append(args))
    assert tasks.recheck_domains() == 0
    with org_scope(olga.organization.id):
        ProvedDomain.objects.update(check_at=timezone.now())
        proof = ProvedDomain.objects.get()
    assert tasks.recheck_domains() == 1
    assert handed == [(str(olga.organization.id), str(proof.id))]
    with org_scope(olga.organization.id):
        proof.delete()
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sso_domain_check WHERE proof_id = %s", [proof.id])
        assert cursor.fetchone() == (0,)


def test_the_page_says_what_is_missing_and_looking_it_up_ends_the_warning(
    olga: Person, proved: Domain, dns_peer: Zone
) -> None:
    kept = dict(dns_peer)
    dns_peer.clear()
    for _ in range(proofs.LEAST):
        a_day_passes(olga, proved)
    browser = olga.browser()
    page = browser.get("/sso/").content.decode()
    assert "The record that proves acme.example is gone" in page
    assert kept[proofs.record_name(proved)] in page
    browser.post(reverse("sso_domain_check", args=[proved.id]))
    assert "no TXT record" in browser.get("/sso/").content.decode()
    dns_peer.update(kept)
    browser.post(reverse("sso_domain_check", args=[proved.id]))
    page = browser.get("/sso/").content.decode()
    assert "The record that proves" not in page
    assert events(olga)[-1] == Event.DOMAIN_RECORD_FOUND.value


def test_a_lapsed_domain_is_proved_anew_with_its_record(olga: Person, proved: Domain, dns_peer: Zone) -> None:
    kept = dict(dns_peer)
    lapse(olga, proved, dns_peer)
    browser = olga.browser()
    assert "no longer proved" in browser.get("/sso/").content.decode()
    dns_peer.update(kept)
    browser.post(reverse("sso_domain_check", args=[proved.id]))
    with org_scope(olga.organization.id):
        assert (domains.proved_names(), domains.lapsed_names()) == ({"acme.example"}, set())


def test_another_organisation_can_prove_what_lapsed(olga: Person, eve: Person, proved: Domain, dns_peer: Zone) -> None:
    lapse(olga, proved, dns_peer)
    with org_scope(eve.organization.id):
        grant = eve.may(Permission.SSO_CHANGE)
        theirs = domains.add(grant, "acme.example")
        dns_peer[proofs.record_name(theirs)] = proofs.record_value(theirs)
        domains.prove(grant, theirs.id)
    assert domains.owner_of("acme.example") == eve.organization.id
    olga.browser().post(reverse("sso_domain_check", args=[proved.id]))
    assert domains.owner_of("acme.example") == eve.organization.id


@pytest.mark.openid
def test_nobody_at_a_lapsed_domain_is_signed_in_by_the_provider(
    olga: Person, max_: Person, proved: Domain, dns_peer: Zone, acme_idp: OpenIdPeer
) -> None:
    connection = connect(olga, acme_idp)
    acme_idp.asserts("u-lea", email="lea@acme.example", groups=["engineers"])
    assert come_in(new_client(), connection, acme_idp, "u-lea").status_code == 302
    lapse(olga, proved, dns_peer)
    acme_idp.asserts("u-neu", email="neu@acme.example", groups=["engineers"])
    acme_idp.asserts("u-max", email="max@acme.example", groups=["engineers"])
    for subject in ("u-lea", "u-neu", "u-max"):
        browser = new_client()
        refused = come_in(browser, connection, acme_idp, subject)
        assert (refused.status_code, "AUTHN-SSO-002" in refused.content.decode()) == (403, True), subject
        assert browser.get("/keys/").status_code == 302
    assert not User.objects.filter(email="neu@acme.example").exists()
    assert not way_in.answer(way_in.sealed("lea@acme.example"))
    with org_scope(olga.organization.id):
        assert [identity.subject for identity in Identity.objects.all()] == ["u-lea"]


def test_a_domain_that_lapses_opens_no_door_that_enforcement_had_shut(
    olga: Person, max_: Person, proved: Domain, dns_peer: Zone
) -> None:
    with org_scope(olga.organization.id):
        Connection.objects.create(
            kind="oidc", name="IdP", state="enabled", enforced_at=timezone.now(), break_glass=olga.user
        )
    passkey_of(max_.user)
    assert max_.browser().get("/keys/").status_code == 403
    lapse(olga, proved, dns_peer)
    assert max_.browser().get("/keys/").status_code == 403
