"""What tests of single sign-on share: a name server and identity providers on loopback."""

from tests.accounts.sso.openid_peer import acme_idp, globex_idp  # noqa: F401 (fixtures)
from tests.accounts.sso.peers import dns_peer  # noqa: F401
from tests.accounts.sso.saml_peer import other_saml_idp, saml_idp  # noqa: F401
from tests.committed import committed  # noqa: F401
