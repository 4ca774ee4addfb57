"""One file per outside library, and its only importer: the library's calls, and conversions to our records and back.

May enter: what cannot be said without the library, or reads and writes the outer world (files, git, processes). What
judges, decides or words something is pure and belongs to `core`; what orders steps belongs to `flows`.
"""
