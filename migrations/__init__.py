"""The schema of the database: SQL files in the order in which they are applied, and what applies them."""
