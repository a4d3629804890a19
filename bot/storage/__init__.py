"""PostgreSQL: engine and unit of work, the tables, their migrations, encryption of what is personal."""
