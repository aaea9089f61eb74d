"""Rules that tablet, server and portal must judge alike: pure functions."""
