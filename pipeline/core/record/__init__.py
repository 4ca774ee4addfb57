"""What the files say: the records, how they are read, edited, placed, and what shape each kind of file has.

May enter: what tells what a record is or how it is read and written. What two files must agree on is a law: `index`.
"""
