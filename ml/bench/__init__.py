"""How fast training input and serving are, beside what everyone could use instead.

Empty on purpose: each contestant is a process that must import no more than it runs.
"""
