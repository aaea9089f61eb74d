"""What tablet, server and portal must agree on. Standard library and msgspec; no I/O, no clock."""
