"""The steps in order: the only floor that joins the pure core with the adapters. Nothing is printed here."""
