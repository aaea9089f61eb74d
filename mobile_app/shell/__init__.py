"""The tablet's shell: who is here, where one is, how that is drawn, and what a screen asks for."""
