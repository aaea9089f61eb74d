"""The sync endpoint: the server's half of the exchange."""
