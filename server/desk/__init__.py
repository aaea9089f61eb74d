"""The coordinators' own pages: sign-in, the morning, tablets, what waits for a decision."""
