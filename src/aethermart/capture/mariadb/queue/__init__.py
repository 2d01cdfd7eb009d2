"""Queue capture of MariaDB and MySQL: triggers write each change down, a reader drains it."""
