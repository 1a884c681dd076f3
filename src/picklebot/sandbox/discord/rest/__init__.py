"""Discord's REST API: a file for each resource, each a class whose methods answer one route."""
