"""The program `parindex`: its version, which an approval names as the engine that computed it."""

VERSION = "0.1.0"
