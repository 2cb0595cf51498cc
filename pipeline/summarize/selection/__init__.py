"""Which sentences of an article hold its news, and what is cut from them."""
