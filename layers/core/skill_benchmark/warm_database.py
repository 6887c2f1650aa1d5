"""The database of a function, with its settings, made on first use and kept while warm.

Apart from `composition`, because the functions that call models are shipped without a PostgreSQL driver.
"""

from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.secrets import secret_object
from skill_benchmark.settings import DatabaseSettings, settings
from skill_benchmark.warm import kept_warm


@kept_warm
def database() -> Database:
    arn = settings(DatabaseSettings).database_secret_arn
    return Database(lambda: secret_object(arn))
