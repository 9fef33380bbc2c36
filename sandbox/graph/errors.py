"""What Graph says when it refuses."""

from typing import Any

from starlette.responses import Response

from sandbox.answers import graph_body, json_answer

NOT_THERE = (
    "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does "
    "not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
)
PERMISSIONS_REQUEST = "Some of the aliases you requested do not exist: {ids}"


class GraphError(Exception):
    def __init__(self, message: str, code: int, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.body, self.status = graph_body(message, code, **more), status

    def answer(self) -> Response:
        return json_answer(self.body, self.status, {"WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_request"'})


def not_there(object_id: str, method: str = "get") -> GraphError:
    message = NOT_THERE.format(method=method.lower(), id=object_id)
    return GraphError(message, 100, kind="GraphMethodException", subcode=33)


def bad_parameter(message: str) -> GraphError:
    return GraphError(f"(#100) {message}", 100)


def no_token() -> GraphError:
    return GraphError("An access token is required to request this resource.", 104)


def bad_token() -> GraphError:
    message = "Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."
    return GraphError(message, 190, 401, subcode=460)


def bad_proof() -> GraphError:
    return GraphError("Invalid appsecret_proof provided in the API argument", 100, kind="GraphMethodException")


def window_closed() -> GraphError:
    message = "(#10) This message is sent outside of allowed window. Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview"
    return GraphError(message, 10, subcode=2018278)
