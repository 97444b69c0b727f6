"""The groups of checks behind ./stack test."""
