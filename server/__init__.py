"""The server: contact points, people, visits; the sync endpoint, the desk, the portal."""
