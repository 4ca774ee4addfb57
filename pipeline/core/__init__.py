"""The law, pure: functions from records to records; no input or output, clock, environment or outside library."""
