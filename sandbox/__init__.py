"""Simulated platforms that speak the real wire: X API v2, Facebook Graph and LinkedIn REST, with a town of residents.

A program of its own: it imports nothing of Balie, and Balie imports nothing of it. See sandbox/README.md.
"""
