"""Which labels exist: M49, ISO 3166 and Media Topics, as data files."""
