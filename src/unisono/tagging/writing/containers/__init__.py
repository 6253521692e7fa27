"""Containers: one kind of sound file a file, found by how a file begins; each satisfies `anatomy.Container`."""
