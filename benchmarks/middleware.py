"""Says in every answer what it cost on the server. Stands outside of everything else."""

import time

from django.db import connection


class CountingMiddleware:
    """Adds X-Statements, as CountingClock counts them, and X-Milliseconds from the first middleware to the last."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        statements = 0

        def count(execute, sql, params, many, context):
            nonlocal statements
            statements += 1
            return execute(sql, params, many, context)

        start = time.perf_counter()
        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response["X-Milliseconds"] = f"{(time.perf_counter() - start) * 1000:.3f}"
        response["X-Statements"] = str(statements)
        return response
