"""From place names and people to countries and regions."""
