"""Domains are proved by the DNS, once, by one organisation."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.sso import domains, proofs
from accounts.sso.models import Domain, ProvedDomain
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.sso.peers import Zone
from tests.people import Person


def added(owner: Person, name: str = "acme.example") -> Domain:
    with org_scope(owner.organization.id):
        return domains.add(owner.may(Permission.SSO_CHANGE), name)


def check(owner: Person, domain: Domain) -> None:
    with org_scope(owner.organization.id):
        domains.prove(owner.may(Permission.SSO_CHANGE), domain.id)


def test_the_record_proves_the_domain(olga: Person, dns_peer: Zone) -> None:
    domain = added(olga)
    dns_peer[proofs.record_name(domain)] = proofs.record_value(domain)
    olga.browser().post(reverse("sso_domain_check", args=[domain.id]))
    with org_scope(olga.organization.id):
        assert domains.proved_names() == {"acme.example"}
    assert domains.owner_of("acme.example") == olga.organization.id


def test_it_says_that_there_is_no_record(olga: Person, dns_peer: Zone) -> None:
    domain = added(olga)
    with pytest.raises(ValidationError, match="no TXT record"):
        check(olga, domain)
    assert domains.owner_of("acme.example") is None


def test_another_tenants_record_proves_nothing(olga: Person, eve: Person, dns_peer: Zone) -> None:
    ours, theirs = added(olga), added(eve)
    dns_peer[proofs.record_name(ours)] = proofs.record_value(theirs)
    with pytest.raises(ValidationError, match="not the value shown"):
        check(olga, ours)


def test_a_domain_is_one_tenants_at_a_time(olga: Person, eve: Person, dns_peer: Zone) -> None:
    for owner in (olga, eve):
        domain = added(owner)
        dns_peer[proofs.record_name(domain)] = proofs.record_value(domain)
        if owner is olga:
            check(owner, domain)
    with pytest.raises(ValidationError, match="another organisation"):
        check(eve, domain)
    assert domains.owner_of("acme.example") == olga.organization.id


def test_a_domain_that_is_removed_is_nobodys(olga: Person, dns_peer: Zone) -> None:
    domain = added(olga)
    dns_peer[proofs.record_name(domain)] = proofs.record_value(domain)
    check(olga, domain)
    olga.browser().post(reverse("sso_domain_remove", args=[domain.id]), {"confirm": "acme.example"})
    with org_scope(olga.organization.id):
        assert not ProvedDomain.objects.exists()
    assert domains.owner_of("acme.example") is None
