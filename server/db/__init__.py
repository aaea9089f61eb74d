"""The database: tables, the unit of work, records and their feed."""
