"""Whose conversation it is: session keys, and the resolver that finds or makes the session behind one."""
