"""Queues between the bus and the agents, one folder for each place where jobs can wait."""
