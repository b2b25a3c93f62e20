"""A pytest plugin that selects the tests with a database, since PostgreSQL affects only these."""

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config, items):
    chosen = [item for item in items if uses_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not uses_database(item)])
    items[:] = chosen


def uses_database(item):
    return item.get_closest_marker("django_db") or DATABASE_FIXTURES & {*item.fixturenames}
