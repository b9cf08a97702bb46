from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


class Pages(PageNumberPagination):
    """`?page=2&page_size=24`; never more than 100 rows at once. Pages are numbers, not addresses: an answer that is
    kept is the same under every name that the shop has."""

    page_size = 12
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        pages = self.page.paginator
        return Response({"count": pages.count, "page": self.page.number, "pages": pages.num_pages, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer"}
        properties = {"count": number, "page": number, "pages": number, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}
