"""Errors that a client sees."""


class ApiError(Exception):
    """A refused request: HTTP status, error type, message, and the request field at fault if there is one."""

    def __init__(self, status: int, kind: str, message: str, param: str | None = None):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": status}}


def bad_request(message: str, param: str | None = None) -> ApiError:
    """Return a 400 for a request that is understood but cannot be served."""
    return ApiError(400, "BadRequestError", message, param)


def malformed(message: str, param: str | None = None) -> ApiError:
    """Return a 400 for a body or a field of the wrong form."""
    return ApiError(400, "Bad Request", message, param)


def not_found(message: str, param: str | None = None) -> ApiError:
    """Return a 404."""
    return ApiError(404, "NotFoundError", message, param)
