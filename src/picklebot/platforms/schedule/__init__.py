"""A platform on which only the clock speaks; its replies are posted elsewhere."""
