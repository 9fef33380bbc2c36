"""A pytest plugin: real PostgreSQL and Redis for the whole run, in a temporary folder, unless DATABASE_URL names one.

Loaded by `-p tests.servers` before Django reads its settings; the workers of pytest-xdist inherit the environment.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from cryptography.fernet import Fernet

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("CREDENTIALS_KEY", Fernet.generate_key().decode())
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's thread

if "DATABASE_URL" not in os.environ:
    from core import embedded

    _stack = ExitStack()
    _folder = Path(tempfile.mkdtemp(prefix="balie-"))
    _stack.callback(shutil.rmtree, _folder, ignore_errors=True)
    _servers = _stack.enter_context(embedded.servers(_folder, durable=False))
    os.environ["DATABASE_URL"] = _servers.database_url
    os.environ["REDIS_URL"] = _servers.redis_url
    os.environ["DATA_DIR"] = str(_folder)
    atexit.register(_stack.close)
