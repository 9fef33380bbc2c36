"""Cache values as JSON: a pickle planted in Redis must never be loaded."""

import json
from typing import Any


class JsonSerializer:
    def dumps(self, obj: Any) -> bytes | int:
        # Redis can only increment what is stored as a bare integer.
        if type(obj) is int:
            return obj
        return json.dumps(obj).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
