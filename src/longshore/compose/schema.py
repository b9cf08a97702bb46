from longshore.compose.problems import Problems
from longshore.compose.tree import Map


def check_schema(tree: Map, problems: Problems) -> None:
    return None
