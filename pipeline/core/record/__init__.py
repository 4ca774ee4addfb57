"""What the files say: the records, how files are read into them and edited, where files stand, what shape they have.

May enter: what tells what one file means, or what is wrong with that file alone. What two files must agree on is a law:
`index`. Uses `ground`.
"""
