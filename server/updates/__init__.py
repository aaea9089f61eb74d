"""The tablet's app, offered to tablets without a store between."""
