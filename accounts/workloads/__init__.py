"""Service identities: programs with a name, an owner and keys of their own, and the foreign issuers they trust."""
