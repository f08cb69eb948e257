"""Applications and what was issued to them: django-oauth-toolkit's models as tenant tables, without what is never kept.

No secret is stored: of a code and a refresh token the SHA-256, of an access token its `jti` alone (it is the row's id),
of an application no secret at all, since it signs (``private_key_jwt``) or is public.

A family is everything that came of one consent: the code, the access tokens, and the refresh tokens that replaced each
other. It is ended as a whole.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractApplication, AbstractGrant, AbstractRefreshToken

from accounts.models import User
from accounts.oauth.redirects import matches
from tenants.scope import OrgForeignKey, OrgManager, OrgModel


class Application(OrgModel, AbstractApplication):  # type: ignore[misc]  # the package has no types
    """A program that an organisation lets its people give access to.

    `hash` is that of `client_id`: presenting the id opens the tenant it belongs to. `scopes` is the most that it
    can ask people for. A confidential application proves itself with the keys in `jwks`; a public one has none.
    One that is `dpop_only` has tokens that are bound to a key (`accounts.oauth.dpop`), and no others.
    """

    client_id = models.CharField(max_length=60)
    hash = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    homepage = models.CharField(max_length=400, blank=True)
    client_type = models.CharField(max_length=12, choices=AbstractApplication.CLIENT_TYPES)
    redirect_uris = models.TextField()
    scopes = ArrayField(models.CharField(max_length=40))
    jwks = models.JSONField(default=dict, blank=True)
    dpop_only = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    objects = OrgManager["Application"]()

    user = client_secret = cimd_expires_at = updated = None
    authorization_grant_type = AbstractApplication.GRANT_AUTHORIZATION_CODE
    post_logout_redirect_uris = allowed_origins = ""
    hash_client_secret = skip_authorization = False
    algorithm = "ES256"
    registration_source = "manual"

    class Meta(OrgModel.Meta):
        ordering = ["-created", "id"]
        indexes = [models.Index(fields=["org", "-created", "id"], name="oauth_application_page")]
        constraints = [models.UniqueConstraint(fields=["org", "client_id"], name="oauth_application_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Tell whether the application keeps no key: a program on people's own devices, or in their browsers."""
        return bool(self.client_type == AbstractApplication.CLIENT_PUBLIC)

    @property
    def state(self) -> str:
        """Return active, suspended or revoked."""
        return "revoked" if self.revoked_at else "suspended" if self.suspended_at else "active"

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Tell whether `uri` is one of those registered, character by character."""
        return any(matches(registered, uri) for registered in self.redirect_uris.split())

    def is_usable(self, request: object) -> bool:
        """Tell whether the application may ask for anything at all."""
        return self.state == "active"

    def get_allowed_schemes(self) -> list[str]:
        """Return the schemes it may be answered at; plain http is registered for loopback addresses only."""
        return ["https", "http"]


class Grant(OrgModel, AbstractGrant):  # type: ignore[misc]  # the base comes without types
    """An authorization code. It is kept after its use: presented again, it ends the family it began."""

    application = OrgForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=64)
    family = models.UUIDField(default=uuid.uuid4, editable=False)
    code_challenge = models.CharField(max_length=43)
    jkt = models.CharField(max_length=43, default="")
    used_at = models.DateTimeField(null=True, blank=True)
    authenticated_at = models.DateTimeField()

    objects = OrgManager["Grant"]()

    updated = code_challenge_method = claims = resource = None

    class Meta(OrgModel.Meta):
        indexes = [models.Index(fields=["expires"], name="oauth_grant_expires")]
        constraints = [models.UniqueConstraint(fields=["org", "code"], name="oauth_grant_once")]

    def __str__(self) -> str:
        return f"code until {self.expires:%H:%M:%S}"


class AccessToken(OrgModel, AbstractAccessToken):  # type: ignore[misc]  # the base comes without types
    """An access token that was issued, until it expires; its id is the token's `jti`.

    `application` and `user` are a person's; a service's token has `client_id` alone. `jkt` is the thumbprint of the key
    that the token is bound to; "" of one that is not, as in codes and refresh tokens.
    """

    application = OrgForeignKey(Application, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    client_id = models.CharField(max_length=60)
    family = models.UUIDField(null=True, editable=False)
    jkt = models.CharField(max_length=43, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = OrgManager["AccessToken"]()

    token = ""
    token_checksum = source_refresh_token = id_token = updated = resource = None

    class Meta(OrgModel.Meta):
        indexes = [
            models.Index(fields=["expires"], name="oauth_accesstoken_expires"),
            models.Index(fields=["family"], name="oauth_accesstoken_family"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} until {self.expires:%H:%M:%S}"


class RefreshToken(OrgModel, AbstractRefreshToken):  # type: ignore[misc]  # the base comes without types
    """A refresh token: good once, until `expires_at` (idle) and never beyond `ends_at` (the family's absolute end)."""

    application = OrgForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_checksum = models.CharField(max_length=64)
    token_family = models.UUIDField(editable=False)
    scope = models.TextField()
    jkt = models.CharField(max_length=43, default="")
    consented_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = OrgManager["RefreshToken"]()

    token = ""
    access_token = updated = resource = None

    class Meta(OrgModel.Meta):
        unique_together = ()
        constraints = [models.UniqueConstraint(fields=["org", "token_checksum"], name="oauth_refreshtoken_once")]
        indexes = [
            models.Index(fields=["token_family"], name="oauth_refreshtoken_family"),
            models.Index(fields=["user"], condition=models.Q(revoked=None), name="oauth_refreshtoken_live"),
            models.Index(fields=["ends_at"], name="oauth_refreshtoken_ends"),
        ]

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"


class UsedAssertion(OrgModel):
    """A client assertion that was accepted, until it would have expired: its `jti` opens nothing a second time."""

    application = OrgForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    jti_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["org", "application", "jti_hash"], name="oauth_usedassertion_once")
        ]

    def __str__(self) -> str:
        return f"used until {self.expires_at:%H:%M:%S}"


class UsedProof(OrgModel):
    """A DPoP proof that was accepted, by key and `jti`, for as long as it could come again."""

    hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta(OrgModel.Meta):
        constraints = [models.UniqueConstraint(fields=["org", "hash"], name="oauth_usedproof_once")]
        indexes = [models.Index(fields=["expires_at"], name="oauth_usedproof_expires")]

    def __str__(self) -> str:
        return f"used until {self.expires_at:%H:%M:%S}"


class IDToken(models.Model):
    """What django-oauth-toolkit would write down of id tokens. Nothing here reads one back, so there is no table."""

    class Meta:
        managed = False

    def __str__(self) -> str:
        return "id token"


class DeviceGrant(models.Model):
    """What the device flow would need. It is refused, so there is no table."""

    class Meta:
        managed = False

    def __str__(self) -> str:
        return "device grant"
