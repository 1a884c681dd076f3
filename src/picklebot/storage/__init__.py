"""What survives: tables and stores in one database, and the YAML view that operators edit."""
