"""Apps on phones and desktops: schemes of their own (RFC 8252, 7.1), and no scheme that a browser acts on."""

import pytest
from django.core.exceptions import ValidationError

from accounts.oauth.redirects import fault, matches, origin
from accounts.oauth.registration import ApplicationDetails, change
from tenants.permissions import Permission
from tenants.scope import org_scope
from tests.accounts.oauth.conftest import AUTHORIZE, Client, registered
from tests.people import Person


@pytest.mark.parametrize(
    "uri", ["com.example.app:/callback", "com.example.app:/", "org.example:/a/b.c", "xn--p1ai.a:/"]
)
def test_an_app_has_a_scheme_of_its_own_if_it_is_public(uri: str) -> None:
    assert (fault(uri, is_public=True), origin(uri)) == ("", uri.partition("/")[0])
    assert fault(uri)
    assert matches(uri, uri)
    others = (
        uri + "x",
        uri.upper(),
        uri.replace(":/", "://"),
        uri.replace(":/", ":"),
        uri + "?x=1",
        uri + "#x",
        " " + uri,
    )
    assert not any(matches(uri, other) for other in others)


NO_APPS = [
    "javascript:alert(1)",
    "javascript:/alert",
    "JavaScript:/x",
    "data:text/html,x",
    "data:/x",
    "file:///etc/passwd",
    "file:/x",
    "blob:/x",
    "about:/blank",
    "view-source:/x",
    "vbscript:/x",
    "ws:/x",
    "ftp:/x",
    "mailto:/x",
    "tel:/x",
    "intent:/x",
    "intent://x#Intent;scheme=http;end",
    "android-app:/x",
    "ms-settings:/x",
    "x-apple.systempreferences:/x",
    "example:/x",
    "http:/com.example.app",
    "https:/com.example.app",
    "http.example:/x",
    "https.client.example:/x",
    "httpscom.:/x",
    "com.example.app://callback",
    "com.example.app:///callback",
    "com.example.app:callback",
    "com.example.app:",
    "com.example.app:/a//b",
    "com.example.app:/a/../b",
    "com.example.app:/.",
    "com.example.app:/%2e%2e",
    "com.example.app:/a?b=c",
    "com.example.app:/a#b",
    "com.example.app:/a b",
    "com.example.app:/a\\b",
    "com.example.app:/\u202ea",
    "com.example.app:/a\n",
    "Com.example.app:/a",
    "com.Example.app:/a",
    "com..app:/a",
    ".com.app:/a",
    "com.app.:/a",
    "com.-app:/a",
    "com.app-:/a",
    "com_x.app:/a",
    "com+x.app:/a",
    "1com.app:/a",
    "c.app:/a",
    "com.*:/a",
    "com.app@evil:/a",
    "\tcom.app:/a",
    "com.app:/a/",
]


@pytest.mark.parametrize("uri", NO_APPS)
def test_no_dangerous_scheme_passes_for_an_apps_own(uri: str) -> None:
    assert fault(uri, is_public=True)


def test_an_app_is_answered_at_its_own_scheme(olga: Person, max_: Person) -> None:
    client = Client(
        registered(olga, redirect_uris=["com.example.app:/callback"]), redirect_uri="com.example.app:/callback"
    )
    page = max_.browser().get(AUTHORIZE, client.asked())
    assert "form-action 'self' com.example.app:;" in page.headers["Content-Security-Policy"] + ";"
    assert "(an app on this device)" in page.content.decode()
    told = client.answered(max_)
    assert told["at"] == client.redirect_uri
    assert client.exchange(told["code"]).status_code == 200
    assert client.answered(max_, "decline")["at"] == client.redirect_uri


def test_a_confidential_application_has_no_scheme_of_its_own(confidential: Client, olga: Person) -> None:
    wanted = ApplicationDetails(name="Server", redirect_uris=["com.example.app:/callback"], scopes=["openid"])
    with org_scope(olga.organization.id), pytest.raises(ValidationError, match="neither https"):
        change(olga.may(Permission.APPS_CHANGE), confidential.application.id, wanted)
