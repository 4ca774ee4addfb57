"""The commands of the program, one module each, and in `common` what they share.

May enter: what reads the options of a command, prints, writes files and chooses the exit code. Stays out: what
another command or a page needs as well (`flows`, `core`). No command calls another.
"""
