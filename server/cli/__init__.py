"""The server's commands: `python -m server COMMAND`. Each says what it did; `--json` for programs.

`main.py`      reads the words, opens the database, runs the command, says refusals
`command.py`   how a command is declared, and how it says what it did
`database.py`  the database from empty to restored: schema, reference, pilot, epoch, backup, check
`accounts.py`  accounts, their roles and communes
`services.py`  the catalogue of services: written as files, proposed from them
`tablets.py`   tablets: linked, helped, emptied; what is carried to them and brought from them
`running.py`   what serves, and what is due each night
`auditing.py`  the audit log: its heads, its chains looked through

A group of commands is a module with `declare(commands)`: the arguments of each stand beside what it
does. A new command is a function and its lines there; a new group is named in `main.GROUPS`.
"""
