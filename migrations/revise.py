"""Write the next migration from what the mapped classes have and the migrations lack.

Run by `make revision NAME="what changed"`; look at what it wrote, and raise `schema.HEAD`.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from digest.ground.database import schema
from digest.ground.database.engine import Database

HERE = Path(__file__).parent


def main(name: str) -> None:
    """Build a database from the migrations, compare it with the classes, write the difference."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    heads = ScriptDirectory.from_config(config).get_heads()
    number = f"{max((int(head) for head in heads), default=0) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        if heads:
            schema.upgrade(database, HERE)
        with database.write() as session:
            config.attributes["connection"] = session.connection()
            command.revision(config, name, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    main(sys.argv[1])
