"""The store in MariaDB."""
