"""The commands of parindex: a module each, whose `run` prints, writes files and returns the exit code."""
