"""From a raw record to a clean, dated, language-tagged, de-duplicated shard."""
