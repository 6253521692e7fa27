"""The fault bench: what becomes of songs when a tag save is killed, torn, out of disk or given damaged tags.

Every stage runs our writer and, beside it, the naive way (open with mutagen, set, save in place). Oracles are bytes: a
song must be what it was, or fully tagged. A stage that the naive way passes would prove nothing.
"""
