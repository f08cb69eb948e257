"""Keys that sign tokens: where they are kept, when each signs, and the JWKS that tells of them."""
