"""Seed files: reading, rules, canonical form, loading."""
